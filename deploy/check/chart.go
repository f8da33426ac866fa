package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

type chart struct {
	Warnings []string          `json:"warnings"`
	Objects  []json.RawMessage `json:"objects"`
	Notes    string            `json:"notes"`
}

const release, namespace = "court", "jurat"

// renderChart does what `helm lint --strict` and `helm template` do, and reads each object as the API server does: by
// its type, refusing fields that the type does not have.
func renderChart(folder string, given string) (*chart, error) {
	var values map[string]any
	if err := json.Unmarshal([]byte(given), &values); err != nil {
		return nil, err
	}
	found := &chart{Warnings: []string{}}
	for _, message := range lint.AllWithKubeVersion(folder, values, namespace, nil).Messages {
		if message.Severity > support.InfoSev {
			found.Warnings = append(found.Warnings, message.Error())
		}
	}
	loaded, err := loader.LoadDir(folder)
	if err != nil {
		return nil, err
	}
	options := chartutil.ReleaseOptions{Name: release, Namespace: namespace, Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(loaded, values, options, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Engine{Strict: true}.Render(loaded, all)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text := files[name]
		if strings.HasSuffix(name, "NOTES.txt") {
			found.Notes = text
			continue
		}
		if err := found.read(name, text); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (found *chart) read(name string, text string) error {
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := yaml.NewDocumentDecoder(io.NopCloser(strings.NewReader(text)))
	defer documents.Close()
	for {
		buffer := make([]byte, len(text)+1)
		count, err := documents.Read(buffer)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		document := bytes.TrimSpace(buffer[:count])
		if len(document) == 0 {
			continue
		}
		if _, _, err := decoder.Decode(document, nil, nil); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		object, err := yaml.ToJSON(document)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		found.Objects = append(found.Objects, object)
	}
}
