//go:build e2e

package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// Why a command of a document is not run by TestCommands.
const (
	isRun        = "" // it is run
	needsDocker  = "needs a Docker engine; deploy/check reads the Dockerfile, deploy/check-rootfs.sh runs what is in the image"
	needsRoot    = "changes the machine, as root; deploy/check has systemd judge the unit"
	needsCluster = "needs a Kubernetes cluster; deploy/check renders the chart and decodes all manifests strictly"
	needsNetwork = "needs the network"
	callsWeChat  = "calls WeChat; TestEndToEnd and TestEnvironment do it with a simulated one"
	anotherTest  = "another test does it: TestDemo"
	inHistory    = "another test does it: TestHistoryDocument"
	isThisTest   = "would run this very test"
	takesLong    = "takes minutes; the workflows run it"
	writesFiles  = "writes files of the repository; tests compare them"
)

// command says how a command of the documents is checked: it begins with
// prefix, and why is the reason for which it is not run, if it is not.
type command struct{ prefix, why string }

func commands() []command {
	return []command{
		{"curl ", isRun},
		{"mkdir -p secrets", isRun},
		{"printf %s 'replace-me' > secrets/brand", isRun},
		{"chmod 600 secrets/brand", isRun},
		{"cat > config.yml <<'EOF'", isRun},
		{"./wx_exporter --config.check", isRun},
		{"wx_exporter --config.file=config.yml --config.check", isRun},

		{"./wx_exporter", callsWeChat},
		{"./wx_exporter export", "another test does it: TestWorkbook"},
		{"WX_APP_ID=", callsWeChat},
		{"go run . --demo", anotherTest},
		{"git clone ", needsNetwork},
		{"GOPROXY=", needsNetwork},
		{"cd wx_exporter", needsNetwork},
		{"docker ", needsDocker},
		{"sudo ", needsRoot},
		{"kubectl ", needsCluster},
		{"helm ", needsCluster},
		{"make build", "every test that starts the program as a process builds it"},
		{"make test", isThisTest},
		{"make check", isThisTest},
		{"make race", isThisTest},
		{"make simulations", isThisTest},
		{"make simulate ", isThisTest},
		{"make manifests", isThisTest},
		{"make e2e", isThisTest},
		{"make lint", takesLong},
		{"make vuln", takesLong},
		{"make bench", takesLong},
		{"make release", takesLong},
		{"make release-check", takesLong},
		{"make sbom", takesLong},
		{"make image-rootfs", takesLong},
		{"make image-check", needsRoot},
		{"make update", writesFiles},
		{"make dashboards", writesFiles},
		{"make rules", writesFiles},
		{"go test ./app -run TestReleasedStores", writesFiles},
		{"cat > prometheus.yml <<'EOF'", isRun},
		{"prometheus ", inHistory},
		{"promtool ", inHistory},
		{"wx_exporter --config.file=config.yml", inHistory},
		{"wx_exporter export", inHistory},
		{"wx_exporter check", "another test does it: TestCheck"},
		{"wx_exporter copy", "another test does it: TestCopied"},
		{"wx_exporter forget", "another test does it: TestForgetCommand"},
		{"curl -g 'http://localhost:9090", inHistory},
		{"curl --data-binary @history.om", inHistory},
		{"sqlite3 ", "needs SQLite's own command; TestDocumentedQueries runs queries"},
	}
}

// TestCommands runs the commands of all documents, in order and as they stand,
// against the demo. One that it cannot run has to be listed with the reason.
func TestCommands(t *testing.T) {
	program := harness.Build(t)
	demo := harness.Start(t, program, "--demo", "--web.enable-lifecycle")
	harness.Eventually(t, "the demo's data", func() bool { return harness.Filled(demo.Scrape(t), "brand", "store") })
	for _, d := range documents(t) {
		t.Run(d.name, func(t *testing.T) {
			dir := workplace(t, program)
			for _, b := range d.blocks {
				if b.language != "sh" {
					continue
				}
				for _, text := range split(b.text) {
					c, ok := find(text)
					if !ok {
						t.Errorf("neither run nor listed with a reason: %s", text)
					}
					if ok && c.why == isRun {
						execute(t, dir, strings.NewReplacer("localhost:10049", strings.TrimPrefix(demo.URL, "http://"), "replace-me", "sesame").Replace(text))
					}
				}
			}
		})
	}
}

// find returns the entry with the longest prefix of a command.
func find(text string) (best command, ok bool) {
	for _, c := range commands() {
		if strings.HasPrefix(text, c.prefix) && (!ok || len(c.prefix) > len(best.prefix)) {
			best, ok = c, true
		}
	}
	return best, ok
}

var here = regexp.MustCompile(`<<'(\w+)'`)

// split takes a block of shell apart into its commands, of which one can have
// several lines by a backslash or a here-document.
func split(block string) (all []string) {
	var rest, end string
	for line := range strings.Lines(block) {
		if rest == "" && (strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#")) {
			continue
		}
		rest += line
		if m := here.FindStringSubmatch(line); m != nil {
			end = m[1]
		}
		switch {
		case end != "" && strings.TrimSpace(line) != end:
		case end == "" && strings.HasSuffix(line, "\\\n"):
		default:
			all, rest, end = append(all, strings.TrimSpace(rest)), "", ""
		}
	}
	return append(all, strings.Fields(rest)...)
}

// workplace makes a directory that looks like a checkout after make build, with
// the example, filled in, as its configuration and the program on the path.
func workplace(t *testing.T, program string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(program, filepath.Join(dir, "wx_exporter")); err != nil {
		t.Fatal(err)
	}
	harness.Write(t, dir, "config.yml", strings.ReplaceAll(read(t, "config.example.yml"), "replace-me", "sesame"))
	return dir
}

// execute runs a command in a directory. What curl shows has to be a success.
func execute(t *testing.T, dir, text string) {
	t.Helper()
	if rest, ok := strings.CutPrefix(text, "curl "); ok {
		text = "curl --fail --silent --show-error --noproxy '*' " + rest
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", text)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", text, err, out)
	}
}

func TestSplit(t *testing.T) {
	got := split("a b\n# comment\n\ncat > f <<'EOF'\nx: \\\n# y\nEOF\nrun \\\n  -v\nlast\n")
	want := []string{"a b", "cat > f <<'EOF'\nx: \\\n# y\nEOF", "run \\\n  -v", "last"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q, want %q", got, want)
	}
}
