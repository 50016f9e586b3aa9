// Renders the chart as Helm does: Go templates, Sprig's functions, and Helm's own `include` and `toYaml`. For machines that
// have Debian's packages but no Helm: go run render.go CHART [VALUES…]
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

func read(path string) map[string]interface{} {
	text, err := os.ReadFile(path)
	stop(err)
	out := map[string]interface{}{}
	stop(yaml.Unmarshal(text, &out))
	return out
}

func merge(into, from map[string]interface{}) {
	for key, value := range from {
		old, a := into[key].(map[string]interface{})
		add, b := value.(map[string]interface{})
		if a && b {
			merge(old, add)
		} else {
			into[key] = value
		}
	}
}

func main() {
	chart := os.Args[1]
	values := read(filepath.Join(chart, "values.yaml"))
	for _, path := range os.Args[2:] {
		merge(values, read(path))
	}
	named := map[string]interface{}{}
	for key, value := range read(filepath.Join(chart, "Chart.yaml")) {
		named[strings.ToUpper(key[:1])+key[1:]] = value
	}
	data := map[string]interface{}{
		"Values":  values,
		"Chart":   named,
		"Release": map[string]interface{}{"Name": "guard", "Namespace": "llm", "Service": "Helm"},
	}
	all := template.New("chart").Option("missingkey=error").Funcs(sprig.TxtFuncMap())
	all.Funcs(template.FuncMap{
		"include": func(name string, data interface{}) (string, error) {
			var out bytes.Buffer
			err := all.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
		"toYaml": func(value interface{}) (string, error) {
			text, err := yaml.Marshal(value)
			return strings.TrimSuffix(string(text), "\n"), err
		},
	})
	paths, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	stop(err)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		stop(err)
		template.Must(all.New(filepath.Base(path)).Parse(string(text)))
	}
	for _, path := range paths {
		if strings.HasPrefix(filepath.Base(path), "_") {
			continue
		}
		var out bytes.Buffer
		stop(all.ExecuteTemplate(&out, filepath.Base(path), data))
		if strings.HasSuffix(path, ".yaml") {
			fmt.Printf("---\n# Source: %s\n%s\n", filepath.Base(path), out.String())
		}
	}
}

func stop(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
