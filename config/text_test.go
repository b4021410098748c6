package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	commoncfg "github.com/prometheus/common/config"
)

// inUTF16 is what some editors make of a text.
func inUTF16(text string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// Every file may begin with a byte order mark and be in UTF-16.
func TestLoadEncodings(t *testing.T) {
	in := files{
		"config.yml": "account_files: [more.yml]\naccounts:\n- {name: 品牌服务号, app_id: wx1, app_secret_file: s}\n",
		"more.yml":   "- {name: Ωμέγα.2, app_id: wx2, app_secret_file: s, labels: {team: 增长}}\n",
		"s":          "sesame\n",
	}
	for name, encoded := range map[string]func(string) string{
		"UTF-8":                        func(s string) string { return s },
		"UTF-8 with a byte order mark": func(s string) string { return "\ufeff" + s },
		"UTF-16":                       inUTF16,
	} {
		t.Run(name, func(t *testing.T) {
			all := files{}
			for file, text := range in {
				all[file] = encoded(text)
			}
			c, _, err := all.load(t)
			if err != nil {
				t.Fatal(err)
			}
			if c.Accounts[0].Name != "品牌服务号" || c.Accounts[1].Name != "Ωμέγα.2" || c.Accounts[1].Labels["team"] != "增长" {
				t.Errorf("accounts %v with labels %v", c.Accounts, c.Accounts[1].Labels)
			}
			for _, a := range c.Accounts {
				if s, err := a.Secret(); s != "sesame" || err != nil {
					t.Errorf("%s has the secret %q, %v", a, s, err)
				}
			}
		})
	}
}

// White space around a secret is none of it.
func TestLoadTrims(t *testing.T) {
	c, _, err := files{"config.yml": "accounts:\n- name: a\n  app_id: wx1\n  app_secret: |\n    sesame\n"}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	if a := c.Accounts[0]; a.AppSecret != commoncfg.Secret("sesame") {
		t.Errorf("the secret is %q", string(a.AppSecret))
	}
}

// A name is the same however its accents were written.
func TestLoadComposesNames(t *testing.T) {
	c, _, err := files{"config.yml": "accounts: [{name: \"cafe\\u0301\", app_id: wx1, app_secret: s}]\n"}.load(t)
	if err != nil || c.Accounts[0].Name != "caf\u00e9" {
		t.Errorf("accounts %v, %v", c, err)
	}
}

// What is accepted although it has no effect is told.
func TestLoadWarnings(t *testing.T) {
	for _, tc := range []struct{ name, text, today, want string }{
		{name: "as many calls as count", text: "history: {calls_per_day: 36}\n"},
		{name: "more calls than count", text: "history:\n  calls_per_day: 5000\n",
			want: "config.yml:3: history.calls_per_day: at most 36 count: the other calls that a day may have are kept for the current day"},
		{name: "today", text: "history: {since: 2026-05-01}\n"},
		{name: "the oldest day that is kept", text: "history: {since: 2026-03-02}\nstorage: {retention: 60}\n"},
		{name: "a day that is not kept", text: "history: {since: 2026-03-01}\nstorage: {retention: 60}\n",
			want: "config.yml:2: history.since: storage.retention keeps the days from 2026-03-02 on: older ones are not asked for"},
		{name: "a clock without its battery", text: "history: {since: 2026-03-01}\n", today: "1970-01-01"},
		{name: "the example's app id", text: "account_files: [more.yml]\n",
			want: "more.yml:1: accounts[0].app_id: is the one of the example, which is nobody's"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := files{
				"config.yml": oneAccount + tc.text,
				"more.yml":   "- {name: b, app_id: wx0123456789abcdef, app_secret: s}\n",
			}.write(t)
			known := known()
			if tc.today != "" {
				known.Today = tc.today
			}
			c, err := Load(filepath.Join(dir, "config.yml"), known)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.ReplaceAll(strings.Join(c.Warnings, "\n"), dir+string(filepath.Separator), ""); got != tc.want {
				t.Errorf("warnings %q, want %q", got, tc.want)
			}
		})
	}
}

// A wildcard does not stand for the dot of hidden names, as in a shell.
func TestLoadSkipsHiddenFiles(t *testing.T) {
	account := func(i int) string { return fmt.Sprintf("- {name: a%d, app_id: wx%d, app_secret: s}\n", i, i) }
	all := files{
		"more/a.yml":          account(1),
		"more/..data/a.yml":   account(2), // as a mounted ConfigMap has
		"more/.a.yml.swp":     "not YAML: {",
		"more/.hidden/b.yml":  account(3),
		"more/.named/c.yml":   account(4),
		"more/shown/.d.yml":   account(5),
		"more/shown/d.yml":    account(6),
		".outside/config.yml": "",
	}
	for pattern, want := range map[string][]string{
		"more/*.yml":                 {"a1"},
		"more/?.yml":                 {"a1"},
		"more/*/*.yml":               {"a6"},
		"more/.named/*":              {"a4"},
		"more/.n*/*":                 {"a4"},
		"./more/../more/[^x]*/[^y]*": {"a6"},
	} {
		all["config.yml"] = "account_files: ['" + pattern + "']\n"
		c, _, err := all.load(t)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		var names []string
		for _, a := range c.Accounts {
			names = append(names, a.Name)
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s has the accounts %v, want %v", pattern, names, want)
		}
	}
}

// Only so many problems are told as a person reads, and the rest is counted.
func TestLoadTellsSomeProblems(t *testing.T) {
	var text strings.Builder
	const keys = 200_000
	letter := strings.NewReplacer("0", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5", "f", "6", "g", "7", "h", "8", "i", "9", "j")
	for i := range keys {
		text.WriteString("unknown_" + letter.Replace(strconv.Itoa(i)) + ": 1\n")
	}
	_, _, err := files{"config.yml": text.String()}.load(t)
	lines := strings.Split(fmt.Sprint(err), "\n")
	if len(lines) != maxTold+1 {
		t.Fatalf("%d lines:\n%s", len(lines), err)
	}
	for i, want := range map[int]string{
		0:           fmt.Sprintf("config.yml:1: has %d keys, and there can be %d: those that follow are not read", keys, maxKeys),
		1:           "config.yml:1: unknown_a: unknown key",
		maxTold - 1: "config.yml:49: unknown_ei: unknown key",
		maxTold:     "config.yml:50: and 951 more from here on",
	} {
		if lines[i] != want {
			t.Errorf("line %d is %q, want %q", i, lines[i], want)
		}
	}
}

// The demo has accounts of its own, and the rest of the file holds.
func TestLoadWithoutAccounts(t *testing.T) {
	known := known()
	known.WithoutAccounts = true
	for _, tc := range []struct{ text, err string }{
		{"window: {daily: 7}\n", ""},
		{"window: {daily: 7}\naccounts:\n- {name: a, app_secret_file: none, colour: red}\n- {name: a}\naccount_files: [none.yml, '[']\n", ""},
		{"window: {daily: 0}\naccounts: {}\n", "config.yml:1: window.daily: must be between 1 and 36500"},
		{"accountsx: []\n", "config.yml:1: accountsx: unknown key"},
	} {
		dir := files{"config.yml": tc.text}.write(t)
		c, err := Load(filepath.Join(dir, "config.yml"), known)
		if tc.err != "" {
			if err == nil || err.Error() != filepath.Join(dir, tc.err) {
				t.Errorf("%q: %v, want %s", tc.text, err, tc.err)
			}
			continue
		}
		if err != nil || len(c.Accounts) != 0 || len(c.Warnings) != 0 || c.Window.Daily != 7 {
			t.Errorf("%q: %+v, %v", tc.text, c, err)
		}
	}
}
