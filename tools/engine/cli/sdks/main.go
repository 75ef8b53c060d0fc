// Command sdks generates the Python, TypeScript and Go SDKs of a Pulumi schema with the engine's own generators.
//
//	sdks SCHEMA FOLDER
//
// It replaces FOLDER/python, FOLDER/nodejs and FOLDER/go. An invalid schema is an error of one line.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "pulumi"

// noLoader loads no other package: the schema refers to none. The binder requires a loader that is not nil.
type noLoader struct{ schema.ReferenceLoader }

type files = map[string][]byte

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: sdks SCHEMA FOLDER"))
	}
	spec, err := read(os.Args[1])
	if err != nil {
		fail(err)
	}
	generators := []struct {
		folder   string
		generate func(*schema.Package) (files, error)
	}{
		{"python", func(pkg *schema.Package) (files, error) {
			return python.GeneratePackage(tool, pkg, nil, noLoader{})
		}},
		// The SDK compiles itself when npm installs it from a folder.
		{"nodejs", func(pkg *schema.Package) (files, error) {
			const localSDK = true
			return nodejs.GeneratePackage(tool, pkg, nil, nil, localSDK, noLoader{})
		}},
		{"go", func(pkg *schema.Package) (files, error) { return gogen.GeneratePackage(tool, pkg, nil) }},
	}
	for _, generator := range generators {
		if err := write(spec, generator.generate, filepath.Join(os.Args[2], generator.folder)); err != nil {
			fail(fmt.Errorf("%s: %w", generator.folder, err))
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "error:", err)
	os.Exit(1)
}

func read(path string) (schema.PackageSpec, error) {
	var spec schema.PackageSpec
	content, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(content, &spec)
	}
	return spec, err
}

// write binds the schema, because a generator changes the package, and replaces a folder with the generated files.
func write(spec schema.PackageSpec, generate func(*schema.Package) (files, error), folder string) error {
	pkg, diagnostics, err := schema.BindSpec(spec, noLoader{}, schema.ValidationOptions{})
	if err != nil {
		return err
	}
	if diagnostics.HasErrors() {
		return diagnostics.Errs()[0]
	}
	generated, err := generate(pkg)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	for name, content := range generated {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
