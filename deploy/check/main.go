// Command deploycheck reads the files of deploy/ with the libraries of those who run them: the Dockerfile with
// BuildKit's parser, a compose file with compose-go, the chart with Helm, and what the chart renders with the types
// of the Kubernetes API. It runs nothing and reaches nothing. It prints what it found as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 3 {
		fail(fmt.Errorf("usage: deploycheck dockerfile FILE | compose FILE | chart FOLDER [VALUES]"))
	}
	var found any
	var err error
	switch command, place := os.Args[1], os.Args[2]; command {
	case "dockerfile":
		found, err = readDockerfile(place)
	case "compose":
		found, err = readCompose(place)
	case "chart":
		values := "{}"
		if len(os.Args) > 3 {
			values = os.Args[3]
		}
		found, err = renderChart(place, values)
	default:
		err = fmt.Errorf("no such command: %s", command)
	}
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
