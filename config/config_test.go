package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wxexporter/wx_exporter/textfile"
)

func TestAccountID(t *testing.T) {
	for _, tc := range []struct {
		account Account
		want    string
	}{
		{Account{Name: "a", AppID: "wx1"}, "wx1"},
		{Account{Name: "a"}, "name:a"},
	} {
		if got := tc.account.ID(); got != tc.want {
			t.Errorf("ID = %q, want %q", got, tc.want)
		}
	}
}

// A secret that is changed in its file is found by the next call, and what is
// wrong with the file is said without its content.
func TestAccountSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	a := Account{Name: "a", AppSecretFile: path}
	for _, tc := range []struct{ content, want, err string }{
		{content: "sesame\n", want: "sesame"},
		{content: " rotated \r\n\n", want: "rotated"},
		{content: "no end of line", want: "no end of line"},
		{content: "\n", err: "app secret file " + path + ": is empty"},
		{content: "sesame\nopen\n", err: "app secret file " + path + ": holds more than one line"},
		{content: strings.Repeat("s", textfile.MaxBytes+1), err: "app secret file " + path + ": is larger than 16 MiB"},
	} {
		if err := os.WriteFile(path, []byte(tc.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := a.Secret()
		if got != tc.want || (err == nil) != (tc.err == "") || err != nil && err.Error() != tc.err {
			t.Errorf("Secret = %q, %v; want %q, %q", got, err, tc.want, tc.err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Secret(); err == nil || err.Error() != "app secret file "+path+": no such file or directory" {
		t.Errorf("removed file: %v", err)
	}
	if got, err := (Account{AppSecret: " sesame "}).Secret(); got != "sesame" || err != nil {
		t.Errorf("app_secret: %q, %v", got, err)
	}
	if _, err := (Account{}).Secret(); err == nil {
		t.Error("an account without a secret has one")
	}
}

// Whatever prints a configuration prints no app secret.
func TestAccountPrintsItsName(t *testing.T) {
	a := Account{Name: "a", AppSecret: "SECRET", Token: Token{URL: "https://SECRET"}}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, x := range []any{a, &a, Config{Accounts: []Account{a}}, &Config{Accounts: []Account{a}}} {
			if s := fmt.Sprintf(format, x); strings.Contains(s, "SECRET") {
				t.Errorf("%s of %T: %s", format, x, s)
			}
		}
	}
}

// A reload keeps what is equal: loading the same file twice is, and a change
// of any key is not.
func TestEqual(t *testing.T) {
	load := func(api, account string) *Config {
		c, _, err := files{
			"config.yml": "api: {" + api + "}\naccounts:\n- {" + account + "}\n",
			"s":          "x", "s2": "x",
		}.load(t)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	const base = "name: a, app_id: wx1, app_secret: s"
	same := load("proxy_url: 'http://p'", base+", labels: {x: y}, collectors: [user, message]")
	again := load("proxy_url: 'http://p'", base+", labels: {x: y}, collectors: [message, user], token: {mode: stable}")
	if !same.Accounts[0].Equal(again.Accounts[0]) || !same.API.Equal(again.API) {
		t.Error("what means the same is not equal")
	}
	for _, other := range []string{
		"name: b, app_id: wx1, app_secret: s",
		"name: a, app_id: wx2, app_secret: s",
		"name: a, app_id: wx1, app_secret: s2",
		base + ", labels: {x: y}",
		base + ", collectors: [user]",
		base + ", token: {mode: classic}",
		base + ", type: mini",
		"name: a, app_id: wx1, token: {url: 'http://a'}",
	} {
		if load("", base).Accounts[0].Equal(load("", other).Accounts[0]) {
			t.Errorf("equal to {%s}", other)
		}
	}
	if load("proxy_url: 'http://p'", base).API.Equal(load("proxy_url: 'http://q'", base).API) {
		t.Error("equal with another proxy")
	}
}

// keys are the keys of the file, by the section that they stand in.
func keys() map[string][]string {
	return map[string][]string{
		"top":        append(keysOf(reflect.TypeFor[Config]()), "accounts", "account_files"),
		"api":        keysOf(reflect.TypeFor[API]()),
		"poll":       keysOf(reflect.TypeFor[Poll]()),
		"window":     keysOf(reflect.TypeFor[Window]()),
		"history":    keysOf(reflect.TypeFor[History]()),
		"storage":    keysOf(reflect.TypeFor[Storage]()),
		"remote":     keysOf(reflect.TypeFor[Remote]()),
		"accounts":   keysOf(reflect.TypeFor[Account]()),
		"token":      keysOf(reflect.TypeFor[Token]()),
		"authorizer": keysOf(reflect.TypeFor[Authorizer]()),
	}
}

func keysOf(t reflect.Type) []string {
	var all []string
	for field := range t.Fields() {
		key, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			all = append(all, keysOf(field.Type)...)
		case key != "" && key != "-":
			all = append(all, key)
		}
	}
	return all
}

// examples are the example configurations, in English and in Chinese.
var examples = []string{"../config.example.yml", "../config.example.zh.yml"}

func TestExample(t *testing.T) {
	for _, path := range examples {
		t.Run(path, func(t *testing.T) { testExample(t, path) })
	}
}

func testExample(t *testing.T, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Load(path, known())
	before, _, _ := bytes.Cut(text, []byte("    app_secret: replace-me"))
	line := 1 + bytes.Count(before, []byte("\n"))
	if want := fmt.Sprintf("%s:%d: accounts[0].app_secret: is still replace-me, as in the example", path, line); fmt.Sprint(err) != want {
		t.Errorf("the example as it is: %v, want %s", err, want)
	}
	got, _, err := files{"config.yml": strings.ReplaceAll(string(text), "replace-me", "sesame")}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("config.yml:%d: accounts[0].app_id: is the one of the example, which is nobody's", line-4); !slices.Equal(got.Warnings, []string{want}) {
		t.Errorf("warnings %q, want %q", got.Warnings, want)
	}
	got.Warnings = nil
	want := Default()
	want.Accounts = got.Accounts
	if d := cmp.Diff(&want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("values other than the defaults:\n%s", d)
	}
	for name, keys := range keys() {
		for _, key := range keys {
			if !regexp.MustCompile(`(?m)[ {#-]` + key + `:|^` + key + `:`).Match(text) {
				t.Errorf("%s: the key %s is not in the example", name, key)
			}
		}
	}
}

// The alternatives that the example holds as comments are right, too.
func TestExampleAlternatives(t *testing.T) {
	for _, path := range examples {
		t.Run(path, func(t *testing.T) { testAlternatives(t, path) })
	}
}

func testAlternatives(t *testing.T, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in := string(text)
	alternatives := func(from, to string) {
		_, rest, found := strings.Cut(in, from)
		part, _, ended := strings.Cut(rest, to)
		if !found || !ended {
			t.Fatalf("the example has no part from %q to %q", from, to)
		}
		// A comment that is a line of YAML begins with a key or an item.
		on := regexp.MustCompile(`(?m)^( *)# ((?: *- | +)?[a-zA-Z_-]+:(?: .*)?)$`).ReplaceAllString(part, "$1$2")
		in = strings.Replace(in, part, on, 1)
	}
	alternatives("remote_write: []\n", "\naccounts:\n")
	alternatives("      mode: stable\n", "\naccount_files:")
	in = strings.NewReplacer("remote_write: []\n", "", "    # collectors:", "    collectors:", "    # labels:", "    labels:",
		"    app_secret: replace-me\n", "", "    # app_secret_file:", "    app_secret_file:",
		"account_files: []", "", "# account_files:", "account_files:",
		"      component_access_token_url: ", "      # ", "/run/wechat/", "run/").Replace(in)
	got, _, err := files{
		"config.yml": in, "run/token": "t", "run/component_token": "t",
		"secrets/brand": "s", "secrets/mall": "s", "secrets/tokens": "s", "secrets/from-platform": "s", "secrets/prometheus": "s",
	}.load(t)
	if err != nil {
		t.Fatalf("%v\n%s", err, in)
	}
	if len(got.Remote) != 1 || len(got.Remote[0].Collectors) == 0 || got.Remote[0].HTTP.BasicAuth == nil {
		t.Errorf("receivers %v", got.Remote)
	}
	var modes []string
	for _, a := range got.Accounts {
		modes = append(modes, a.Token.Mode)
	}
	if want := []string{TokenStable, TokenStable, TokenFile, TokenURL, TokenAuthorizer}; !slices.Equal(modes, want) {
		t.Errorf("the example shows the tokens %v, want %v", modes, want)
	}
	if a := got.Accounts[0]; a.AppSecretFile == "" || a.Labels["team"] != "growth" || !slices.Equal(a.Collectors, known().Types[0].Families) {
		t.Errorf("the first account is {%q %v %v}", a.AppSecretFile, a.Labels, a.Collectors)
	}
	if a := got.Accounts[1]; a.Type != "mini" || !slices.Contains(a.Collectors, "revenue") {
		t.Errorf("the second account is %s with %v", a.Type, a.Collectors)
	}
}

// The reference has a row for every key.
func TestReference(t *testing.T) {
	text, err := os.ReadFile("../docs/configuration.md") // package docs compares the Chinese one with it
	if err != nil {
		t.Fatal(err)
	}
	for name, keys := range keys() {
		for _, key := range keys {
			if !strings.Contains(string(text), "| `"+key+"` |") {
				t.Errorf("%s: the key %s has no row in the reference", name, key)
			}
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, tc := range bad {
		f.Add([]byte(tc.in["config.yml"]))
	}
	example, err := os.ReadFile(examples[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	// No file of this directory is there, so nothing but the text matters.
	dir := f.TempDir()
	line := regexp.MustCompile(`^` + regexp.QuoteMeta(filepath.Join(dir, "config.yml")) + `:[1-9][0-9]*: .+$`)
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte("account_files")) {
			t.Skip("may name any file of this machine")
		}
		c, err := load(filepath.Join(dir, "config.yml"), text, known())
		if err == nil {
			for _, a := range c.Accounts {
				if a.Name == "" || a.Token.Mode == "" || a.ID() == "name:" {
					t.Errorf("account without name or token: %+v", a)
				}
			}
			return
		}
		for _, l := range strings.Split(err.Error(), "\n") {
			if !line.MatchString(l) {
				t.Errorf("%q is not of the form file:line: key: problem", l)
			}
		}
	})
}
