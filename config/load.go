package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	commoncfg "github.com/prometheus/common/config"

	"github.com/wxexporter/wx_exporter/textfile"
)

// Load reads and checks the configuration file at path, the account files
// that it names, and that the files with secrets can be read.
//
// The error holds one line for each problem, joined with errors.Join. It
// matches fs.ErrNotExist only when there is no file at path itself.
func Load(path string, known Vocabulary) (*Config, error) {
	f, err := textfile.Read(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return load(path, f.Text, known)
}

// loader is the state of loading one configuration, which may have several files.
type loader struct {
	config Config
	known  Vocabulary
	files  []*file
	first  map[[2]string]string // where a value that must be unique is used first, by key and value
}

func load(path string, text []byte, known Vocabulary) (*Config, error) {
	l := &loader{config: Default(), known: known, first: map[[2]string]string{}}
	in := struct {
		*Config      `yaml:",inline"`
		Accounts     optional[Account] `yaml:"accounts"`
		AccountFiles optional[string]  `yaml:"account_files"`
	}{&l.config, optional[Account]{skip: known.WithoutAccounts}, optional[string]{skip: known.WithoutAccounts}}
	f := &file{name: path, dir: filepath.Dir(path)}
	l.read(f, text, &in)
	l.config.validate(section{f, ""}, known)
	if !known.WithoutAccounts {
		l.allAccounts(f, in.Accounts.list, in.AccountFiles.list)
	}
	if err := l.err(); err != nil {
		return nil, err
	}
	return &l.config, nil
}

// optional is a list that whoever has accounts of its own does not read.
type optional[T any] struct {
	list []T
	skip bool
}

// UnmarshalYAML reads the list, or skips it.
func (o *optional[T]) UnmarshalYAML(unmarshal func(any) error) error {
	if o.skip {
		return nil
	}
	return unmarshal(&o.list)
}

// allAccounts adds the accounts of the configuration file and of account files.
func (l *loader) allAccounts(f *file, list []Account, patterns []string) {
	l.accounts(f, list)
	for i, pattern := range patterns {
		if key := index("account_files", i); f.clean(key) {
			l.accountFiles(section{f, key}, pattern)
		}
	}
	if l.err() == nil && len(l.config.Accounts) == 0 {
		f.fail(f.find("accounts"), "no account: list at least one here or in a file of account_files")
	}
}

func (l *loader) read(f *file, text []byte, into any) {
	l.files = append(l.files, f)
	f.read(text, into)
}

// maxTold is how many problems are told: nobody reads more.
const maxTold = 50

// err returns the problems, file by file and from top to bottom.
func (l *loader) err() error {
	var all []problem
	for _, f := range l.files {
		slices.SortStableFunc(f.problems, func(a, b problem) int { return a.line - b.line })
		all = append(all, f.problems...)
	}
	var errs []error
	for i, p := range all {
		if i == maxTold {
			p.shown, p.text = "", fmt.Sprintf("and %d more from here on", len(all)-maxTold)
		}
		errs = append(errs, p)
		if i == maxTold {
			break
		}
	}
	return errors.Join(errs...)
}

// accounts checks the accounts of a file and adds them to the others.
func (l *loader) accounts(f *file, list []Account) {
	for i, a := range list {
		s := section{f, index("accounts", i)}
		a.validate(s, l.known)
		if isExample(a.AppID) {
			l.config.Warnings = append(l.config.Warnings, s.warning("app_id", "is the one of the example, which is nobody's"))
		}
		l.unique(s, "name", a.Name)
		l.unique(s, "app_id", a.AppID)
		l.unique(s, "token.authorizer.refresh_token_file", a.Token.Authorizer.RefreshTokenFile) // both would write into it
		l.config.Accounts = append(l.config.Accounts, a)
	}
}

// unique reports a value that an earlier account has.
func (l *loader) unique(s section, key, value string) {
	if value == "" || !s.clean(join(s.key, key)) {
		return
	}
	if at, ok := l.first[[2]string{key, value}]; ok {
		s.fail(key, "%s is already used by the account at %s", value, at)
		return
	}
	l.first[[2]string{key, value}] = fmt.Sprintf("%s:%d", s.name, s.find(join(s.key, key)).line)
}

// accountFiles reads the account files that a pattern names. One without a
// match is usual before the first account is added, so that is a warning; a
// name without wildcards must exist.
func (l *loader) accountFiles(s section, pattern string) {
	paths, err := match(s.dir, pattern)
	if err != nil {
		s.fail("", "is not a valid file name pattern")
	} else if len(paths) == 0 {
		l.config.Warnings = append(l.config.Warnings, s.warning("", "no file matches"))
	}
	for _, path := range paths {
		if slices.ContainsFunc(l.files, func(f *file) bool { return f.name == path }) {
			continue
		}
		text, err := textfile.Read(path)
		if err != nil {
			s.fail("", "%s: %s", path, err)
			continue
		}
		var list []Account
		f := &file{name: path, dir: s.dir, root: "accounts"}
		l.read(f, text.Text, &list)
		l.accounts(f, list)
	}
}

// match returns the files that a pattern names, relative to dir. A pattern
// without wildcards names one file, which need not exist.
func match(dir, pattern string) ([]string, error) {
	if !strings.ContainsAny(pattern, `*?[`) {
		return []string{commoncfg.JoinDir(dir, pattern)}, nil
	}
	if filepath.Separator == '/' { // elsewhere \ does not escape
		dir = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
	}
	paths, err := filepath.Glob(commoncfg.JoinDir(dir, pattern))
	return slices.DeleteFunc(paths, func(path string) bool { return hidden(path, pattern) }), err
}

// hidden reports whether a wildcard of a pattern stands for the dot that a name
// begins with. Such names are not meant, as in a shell: a mounted ConfigMap has
// ..data, an editor leaves .swp files.
func hidden(path, pattern string) bool {
	names, patterns := strings.Split(filepath.ToSlash(path), "/"), strings.Split(filepath.ToSlash(filepath.Clean(pattern)), "/")
	for i := 1; i <= min(len(names), len(patterns)); i++ {
		name, pattern := names[len(names)-i], patterns[len(patterns)-i]
		if strings.HasPrefix(name, ".") && strings.IndexAny(pattern, `*?[`) == 0 {
			return true
		}
	}
	return false
}
