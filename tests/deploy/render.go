// Renders a Helm chart with the engine that Helm itself is made of, text/template and sprig: Helm is no package of Debian.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run render.go CHART RELEASE VALUES.yaml... > manifests.yaml
//
// Covered is what our chart uses: include, toYaml, hooks as they are. A missing value is an error where Helm would print nothing.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) map[string]interface{} {
	text, err := os.ReadFile(path)
	fail(err)
	value := map[string]interface{}{}
	fail(yaml.Unmarshal(text, &value))
	return value
}

// merge lays one table over another, as Helm does with values: tables member by member, everything else whole.
func merge(under, over map[string]interface{}) map[string]interface{} {
	for key, value := range over {
		table, isTable := value.(map[string]interface{})
		below, wasTable := under[key].(map[string]interface{})
		if isTable && wasTable {
			under[key] = merge(below, table)
		} else {
			under[key] = value
		}
	}
	return under
}

func functions(root *template.Template) template.FuncMap {
	functions := sprig.TxtFuncMap()
	// Helm takes these away: a chart reads no environment.
	delete(functions, "env")
	delete(functions, "expandenv")
	functions["include"] = func(name string, data interface{}) (string, error) {
		var out bytes.Buffer
		err := root.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	functions["toYaml"] = func(value interface{}) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	return functions
}

func main() {
	if len(os.Args) < 3 {
		fail(fmt.Errorf("usage: render CHART RELEASE [VALUES.yaml...]"))
	}
	chart, release := os.Args[1], os.Args[2]
	description := read(filepath.Join(chart, "Chart.yaml"))
	values := read(filepath.Join(chart, "values.yaml"))
	for _, file := range os.Args[3:] {
		values = merge(values, read(file))
	}
	named := map[string]interface{}{}
	for _, key := range []string{"name", "version", "appVersion"} {
		named[strings.ToUpper(key[:1])+key[1:]] = description[key]
	}
	root := template.New("").Option("missingkey=error")
	root.Funcs(functions(root))
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	fail(err)
	sort.Strings(files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		fail(err)
		_, err = root.New("templates/" + filepath.Base(file)).Parse(string(text))
		fail(err)
	}
	for _, file := range files {
		name := "templates/" + filepath.Base(file)
		if strings.HasPrefix(filepath.Base(file), "_") || strings.HasSuffix(file, ".txt") {
			continue
		}
		data := map[string]interface{}{
			"Values":   values,
			"Chart":    named,
			"Release":  map[string]interface{}{"Name": release, "Namespace": "default", "Service": "Helm"},
			"Template": map[string]interface{}{"Name": name, "BasePath": "templates"},
		}
		fmt.Printf("---\n# %s\n", name)
		fail(root.ExecuteTemplate(os.Stdout, name, data))
	}
}
