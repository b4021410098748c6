package check

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// TestSecretsStayHere: what README.md has people write into the checkout is
// neither committed nor sent to the builder, which could not even read secrets
// that belong to the container's user.
func TestSecretsStayHere(t *testing.T) {
	for file, root := range map[string]string{"../../.gitignore": "/", "../../.dockerignore": ""} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ignored := strings.Fields(string(text))
		for _, name := range []string{"config.yml", "accounts", "secrets"} {
			if !slices.ContainsFunc(ignored, func(s string) bool { return strings.TrimSuffix(s, "/") == root+name }) {
				t.Errorf("%s lets %s through", file, name)
			}
		}
	}
}

// TestDockerfile reads the Dockerfile as Docker does, with the rules that
// `docker build --check` has for its text.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range file.Warnings {
		t.Errorf("%s", w.Short)
	}
	rules := linter.New(&linter.Config{Warn: func(rule, description, _, message string, _ []parser.Range) {
		t.Errorf("%s: %s (%s)", rule, message, description)
	}})
	stages, _, err := instructions.Parse(file.AST, rules)
	if err != nil {
		t.Fatal(err)
	}
	image := stages[len(stages)-1]
	if image.BaseName != "scratch" {
		t.Errorf("the image is based on %s", image.BaseName)
	}
	has := map[string]string{}
	for _, c := range image.Commands {
		switch c := c.(type) {
		case *instructions.UserCommand:
			has["user"] = c.User
		case *instructions.VolumeCommand:
			has["volume"] = strings.Join(c.Volumes, " ")
		case *instructions.EntrypointCommand:
			has["entrypoint"] = strings.Join(c.CmdLine, " ")
			if c.PrependShell {
				t.Error("the entry point needs a shell, which the image lacks")
			}
		}
	}
	for what, want := range map[string]string{
		"user":       "65532:65532",
		"volume":     "/data",
		"entrypoint": "/bin/wx_exporter",
	} {
		if has[what] != want {
			t.Errorf("%s: %q, want %q", what, has[what], want)
		}
	}
}
