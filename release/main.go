// Command release builds the program for every platform and packs each into an
// archive with what belongs to it. The same commit and the same Go version give
// the same bytes, whoever builds them and where.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

const program = "wx_exporter"

// platform is what an archive is for.
type platform struct{ os, arch string }

// platforms are those that a release has archives for.
func platforms() []platform {
	return []platform{
		{"linux", "amd64"}, {"linux", "arm64"},
		{"darwin", "amd64"}, {"darwin", "arm64"},
		{"windows", "amd64"}, {"windows", "arm64"},
	}
}

// companions are the files and directories that every archive holds beside the
// program.
func companions() []string {
	return []string{
		"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "README.zh-CN.md", "SECURITY.md", "VERSION", "config.example.yml",
		"dashboards/en", "dashboards/zh", "dashboards/provisioning", "deploy/helm", "deploy/kubernetes", "deploy/wx_exporter.service", "docs", "prometheus",
	}
}

// release is one build of all archives.
type release struct {
	goTool, version, ldflags string
	modified                 time.Time // of everything in the archives
	source, dist             string    // directories
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// run reads the flags and builds the release that they describe.
func run() (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var (
		r    release
		date string
	)
	flag.StringVar(&r.goTool, "go", "go", "the go command")
	flag.StringVar(&r.version, "version", "", "version of the release")
	flag.StringVar(&r.ldflags, "ldflags", "", "flags for the linker")
	flag.StringVar(&date, "date", "", "date of the release's commit, as in RFC 3339")
	flag.StringVar(&r.source, "source", ".", "the repository")
	flag.StringVar(&r.dist, "dist", "dist", "directory that gets the archives")
	flag.Parse()
	if r.version == "" || date == "" {
		return errors.New("-version and -date are needed")
	}
	if r.modified, err = time.Parse(time.RFC3339, date); err != nil {
		return err
	}
	return r.build(ctx)
}

// build builds and packs everything and writes the checksums.
func (r release) build(ctx context.Context) error {
	if err := os.MkdirAll(r.dist, 0o755); err != nil {
		return err
	}
	shared, err := r.companions()
	if err != nil {
		return err
	}
	var names []string
	for _, p := range platforms() {
		fmt.Fprintf(os.Stderr, "%s/%s\n", p.os, p.arch)
		name, err := r.pack(ctx, p, shared)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", p.os, p.arch, err)
		}
		names = append(names, name)
	}
	sums, err := checksums(r.dist, names)
	if err != nil {
		return err
	}
	fmt.Print(sums)
	return os.WriteFile(filepath.Join(r.dist, "sha256sums.txt"), []byte(sums), 0o644)
}

// pack builds the program for a platform and writes its archive, whose name it
// returns.
func (r release) pack(ctx context.Context, p platform, shared []entry) (name string, err error) {
	work, err := os.MkdirTemp("", program+"-release-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	binary, pack, ending := program, tarball, ".tar.gz"
	if p.os == "windows" {
		binary, pack, ending = program+".exe", zipfile, ".zip"
	}
	// -buildvcs=false, because an archive of the sources has no history to stamp.
	cmd := exec.CommandContext(ctx, r.goTool, "build", "-trimpath", "-buildvcs=false", "-ldflags", r.ldflags+" -buildid=", "-o", filepath.Join(work, binary), ".")
	cmd.Dir = r.source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+p.os, "GOARCH="+p.arch, "GOAMD64=v1", "GOARM64=v8.0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	content, err := os.ReadFile(filepath.Join(work, binary))
	if err != nil {
		return "", err
	}
	base := strings.Join([]string{program + "-" + r.version, p.os + "-" + p.arch}, ".")
	entries := append([]entry{{name: binary, content: content, executable: true}}, shared...)
	packed, err := pack(base, entries, r.modified)
	if err != nil {
		return "", err
	}
	return base + ending, os.WriteFile(filepath.Join(r.dist, base+ending), packed, 0o644)
}
