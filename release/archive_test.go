package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var moment = time.Date(2026, 11, 21, 2, 26, 41, 999, time.FixedZone("", 8*3600))

// unpacked is what somebody who unpacks an archive gets.
type unpacked struct {
	Name, Content string
	Mode          fs.FileMode
	Time          string
}

func TestArchives(t *testing.T) {
	entries := []entry{
		{name: "wx_exporter", content: []byte("program"), executable: true},
		{name: "docs/storage.md", content: []byte("# Storage\n")},
		{name: "LICENSE", content: []byte("Apache")},
	}
	want := []unpacked{
		{"x/LICENSE", "Apache", 0o644, "2026-11-20T18:26:40Z"},
		{"x/docs/storage.md", "# Storage\n", 0o644, "2026-11-20T18:26:40Z"},
		{"x/wx_exporter", "program", 0o755, "2026-11-20T18:26:40Z"},
	}
	for name, a := range map[string]struct {
		pack   func(string, []entry, time.Time) ([]byte, error)
		unpack func(*testing.T, []byte) []unpacked
	}{"tar.gz": {tarball, untar}, "zip": {zipfile, unzip}} {
		t.Run(name, func(t *testing.T) {
			first, err := a.pack("x", entries, moment)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, a.unpack(t, first)); diff != "" {
				t.Errorf("unpacked (-want +got):\n%s", diff)
			}
			turned := slices.Clone(entries)
			slices.Reverse(turned)
			second, err := a.pack("x", turned, moment.In(time.UTC))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(first, second) {
				t.Error("the same files in another order and time zone make another archive")
			}
		})
	}
}

func untar(t *testing.T, b []byte) (all []unpacked) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(z)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, unpacked{h.Name, string(content), fs.FileMode(h.Mode), h.ModTime.Truncate(2 * time.Second).UTC().Format(time.RFC3339)})
	}
}

func unzip(t *testing.T, b []byte) (all []unpacked) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, unpacked{f.Name, string(content), f.Mode(), f.Modified.UTC().Format(time.RFC3339)})
	}
	return all
}

// TestCompanions holds the list of files against the repository, and the links
// in them against the list.
func TestCompanions(t *testing.T) {
	entries, err := release{source: ".."}.companions()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.name)
	}
	for _, name := range []string{"LICENSE", "README.md", "config.example.yml", "dashboards/en/wx-overview.json", "deploy/wx_exporter.service", "docs/configuration.md", "prometheus/rules.yml"} {
		if !slices.Contains(names, name) {
			t.Errorf("no %s in the archives", name)
		}
	}
	link := regexp.MustCompile(`\]\(([^):#]+)(?:#[^)]*)?\)`)
	for _, e := range entries {
		if path.Ext(e.name) != ".md" {
			continue
		}
		for _, m := range link.FindAllSubmatch(e.content, -1) {
			target := path.Join(path.Dir(e.name), string(m[1]))
			if !slices.ContainsFunc(names, func(n string) bool { return n == target || strings.HasPrefix(n, target+"/") }) {
				t.Errorf("%s: %s leads nowhere in an archive", e.name, m[1])
			}
		}
	}
}
