package main

import (
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

type dockerfile struct {
	Warnings []string   `json:"warnings"`
	Args     []argument `json:"args"`
	Stages   []stage    `json:"stages"`
}

type argument struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type stage struct {
	Name     string   `json:"name"`
	Base     string   `json:"base"`
	Commands []string `json:"commands"`
}

// readDockerfile parses as a build does, with the rules of BuildKit that need no build.
func readDockerfile(path string) (*dockerfile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	tree, err := parser.Parse(file)
	if err != nil {
		return nil, err
	}
	found := &dockerfile{Warnings: []string{}}
	for _, warning := range tree.Warnings {
		found.Warnings = append(found.Warnings, warning.Short)
	}
	rules := linter.New(&linter.Config{
		Warn: func(rule, _, _, message string, place []parser.Range) {
			line := 0
			if len(place) > 0 {
				line = place[0].Start.Line
			}
			found.Warnings = append(found.Warnings, fmt.Sprintf("line %d: %s: %s", line, rule, message))
		},
	})
	stages, globals, err := instructions.Parse(tree.AST, rules)
	if err != nil {
		return nil, err
	}
	for _, global := range globals {
		for _, pair := range global.Args {
			value := ""
			if pair.Value != nil {
				value = *pair.Value
			}
			found.Args = append(found.Args, argument{pair.Key, value})
		}
	}
	for _, one := range stages {
		read := stage{Name: one.Name, Base: one.BaseName}
		for _, command := range one.Commands {
			read.Commands = append(read.Commands, fmt.Sprint(command))
		}
		found.Stages = append(found.Stages, read)
	}
	return found, nil
}
