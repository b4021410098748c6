package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Load reads and checks the configuration file at path, the account files
// that it names, and that the files with secrets can be read.
//
// The error holds one line for each problem, joined with errors.Join. It
// matches fs.ErrNotExist only when there is no file at path itself.
func Load(path string) (*Config, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	return load(path, content)
}

// loader holds what is known across the files of one configuration.
type loader struct {
	config  Config
	sources []*source
	files   map[string]bool // the account files that were read

	// Where each name, app id and refresh token file was first used.
	names, ids, refresh map[string]string

	patterns    []value // of account_files
	accountsKey value   // for what is wrong with all accounts together
}

func load(path string, content []byte) (*Config, error) {
	l := &loader{
		config:  Default(),
		files:   make(map[string]bool),
		names:   make(map[string]string),
		ids:     make(map[string]string),
		refresh: make(map[string]string),
	}
	root, ok := l.parse(path, filepath.Dir(path), content)
	if ok {
		l.root(root)
	}
	if err := l.err(); err != nil {
		return nil, err
	}
	if len(l.config.Accounts) == 0 {
		l.accountsKey.fail("no account: list at least one here or in a file of account_files")
		return nil, l.err()
	}
	return &l.config, nil
}

// err returns the problems, file by file and from top to bottom.
func (l *loader) err() error {
	var errs []error
	for _, s := range l.sources {
		slices.SortStableFunc(s.problems, func(a, b problem) int { return a.line - b.line })
		for _, p := range s.problems {
			errs = append(errs, p)
		}
	}
	return errors.Join(errs...)
}

// root reads the top of the configuration file.
func (l *loader) root(v value) {
	l.accountsKey = v.child("accounts", v.node, v.line)
	keys, ok := v.mapping(l.fields())
	if !ok {
		return
	}
	for _, p := range l.patterns {
		l.accountFiles(p)
	}
	w := l.config.Window
	largest := max(w.Daily, w.Hourly, w.Article)
	if r := l.config.Storage.Retention; r > 0 && r < largest {
		keys["storage"].find("retention").fail("must be 0 or at least the largest window, %d days", largest)
	}
}

func (l *loader) fields() fields {
	c := &l.config
	return fields{
		"api":     c.API.read,
		"poll":    section(c.Poll.fields()),
		"window":  section(c.Window.fields()),
		"storage": section(c.Storage.fields()),
		"accounts": func(v value) {
			l.accountsKey = v
			l.accounts(v)
		},
		"account_files": listOf(func(v value) {
			l.patterns = append(l.patterns, v) // their accounts come after those of this file
		}),
	}
}

// accounts reads a list of accounts of any file.
func (l *loader) accounts(v value) {
	v.list(func(item value) {
		var a Account
		keys := a.read(item)
		unique(keys["name"], l.names, a.Name)
		unique(keys["app_id"], l.ids, a.AppID)
		if f := a.Token.Authorizer.RefreshTokenFile; f != "" {
			// Both would write new refresh tokens into it.
			unique(keys["token"].find("authorizer", "refresh_token_file"), l.refresh, f)
		}
		l.config.Accounts = append(l.config.Accounts, a)
	})
}

// unique reports a value that an earlier account has.
func unique(v value, seen map[string]string, s string) {
	if s == "" {
		return
	}
	if at, ok := seen[s]; ok {
		v.fail("%s is the one of the account at %s", s, at)
		return
	}
	seen[s] = fmt.Sprintf("%s:%d", v.name, v.line)
}

// accountFiles reads the account files that a pattern names. One without a
// match is usual before the first account is added, so that is a warning; a
// name without wildcards must exist.
func (l *loader) accountFiles(v value) {
	var pattern string
	text(&pattern)(v)
	if pattern == "" {
		return
	}
	paths, err := match(v.dir, pattern)
	if err != nil {
		v.fail("is not a valid file name pattern")
	}
	if err == nil && len(paths) == 0 {
		l.config.Warnings = append(l.config.Warnings, problem{v.name, v.line, v.path, "no file matches"}.Error())
	}
	for _, p := range paths {
		if l.files[p] {
			continue
		}
		l.files[p] = true
		content, err := readFile(p)
		if err != nil {
			v.fail("%s: %s", p, err)
			continue
		}
		if list, ok := l.parse(p, v.dir, content); ok {
			list.path = "accounts"
			l.accounts(list)
		}
	}
}

// parse returns what is in a file.
func (l *loader) parse(name, dir string, content []byte) (value, bool) {
	v := value{source: &source{name: name, dir: dir}, line: 1}
	l.sources = append(l.sources, v.source)
	first, second, err := documents(content)
	switch {
	case err != nil:
		v.line = errorLine(content, err)
		v.fail("is not valid YAML: %s", gist(err))
	case second != nil:
		v.line = second.Line
		v.fail("a second YAML document: there can be only one")
	case first == nil:
		v.fail("the file is empty")
	default:
		v.node = first
		if !v.null() {
			return v, true
		}
		v.fail("the file is empty")
	}
	return v, false
}
