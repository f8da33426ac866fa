// Command conformance answers questions of the conformance tests with the libraries of other logs: it reads one JSON
// object from standard input and writes one to standard output. The modules are fetched by Go at test time.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	commands := map[string]func(json.RawMessage) (any, error){
		"inclusion-cases":   inclusionCases,
		"consistency-cases": consistencyCases,
		"open-note":         openNote,
		"sign-note":         signNote,
		"cosign":            cosign,
		"open-checkpoint":   openCheckpoint,
		"verify-proof":      verifyProof,
		"make-proof":        makeProof,
		"tiles":             tiles,
	}
	if len(os.Args) != 2 || commands[os.Args[1]] == nil {
		fail(fmt.Errorf("usage: conformance COMMAND < question.json"))
	}
	var question json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&question); err != nil {
		fail(err)
	}
	answer, err := commands[os.Args[1]](question)
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// verdict is the answer to a question that can be answered with an error text.
type verdict struct {
	Error string `json:"error"`
}

func verdictOf(err error) verdict {
	if err == nil {
		return verdict{}
	}
	return verdict{Error: err.Error()}
}
