//go:build e2e

package app

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store/pgtest"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// passwords are odd ones. Each word of one is looked for in what is printed.
var passwords = []string{
	"Xyzzy@Plugh", "Xyzzy/Plugh", "Xyzzy:Plugh", "Xyzzy?Plugh", "Xyzzy#Plugh", "Xyzzy%Plugh", "Xyzzy%zzPlugh", "Xyzzy Plugh", "Xyzzy&Plugh=Frotz",
	"Xyzzy@Plugh/Frotz", "Xyzzy/Plugh@Frotz", "Xyzzy@Plugh:Frotz", "Xyzzy?sslmode=Plugh", "Xyzzy?Plugh=Frotz", "Xyzzy Plugh=Frotz", "Xyzzy host=Plugh",
	"Xyzzy 'Plugh", "'Xyzzy Plugh", `Xyzzy\Plugh`, "Xyzzy=Plugh", "[Xyzzy]Plugh", "Xyzzy,Plugh", "47113/Plugh", "47113?Plugh", "47113/Plugh@Frotz", "47113#Plugh",
	"Xyzzy\nPlugh", "Xyzzy\tPlugh=Frotz", "密码@Plugh", "Xyzzy host=127.0.0.1 port=47113", "Xyzzy sslmode=Plugh", "Xyzzy sslrootcert=Plugh", "Xyzzy dbname=Plugh user=Frotz",
}

// words are the parts of a password that a message might show.
func words(password string) []string {
	return strings.FieldsFunc(password, func(r rune) bool { return strings.ContainsRune("@/:?#% &='\\[],\n\t", r) })
}

// isKeyword reports whether a word is one of the connection string, or of the
// address that the test connects to.
func isKeyword(word string) bool {
	switch word {
	case "host", "port", "sslmode", "sslrootcert", "dbname", "user", "127.0.0.1":
		return true
	}
	return false
}

// forms are the ways in which somebody may write a password into --storage.url.
func forms(server, database, password string) map[string]string {
	host, port, _ := strings.Cut(server, ":")
	return map[string]string{
		"URL":                 "postgres://localhost:" + password + "@" + server + "/" + database + "?sslmode=disable",
		"URL, a parameter":    "postgres://" + server + "/" + database + "?sslmode=disable&user=wx&password=" + password,
		"URL, escaped":        "postgres://" + url.UserPassword("wx", password).String() + "@" + server + "/" + database + "?sslmode=disable",
		"key=value":           "host=" + host + " port=" + port + " user=wx password=" + password + " dbname=" + database + " sslmode=disable",
		"key=value, last":     "host=" + host + " port=" + port + " user=wx dbname=" + database + " sslmode=disable password=" + password,
		"key=value, quoted":   "host=" + host + " port=" + port + " user=wx dbname=" + database + " sslmode=disable password='" + password + "'",
		"key=value, its name": "host=" + host + " port=" + port + " user=wx dbname=" + database + " sslmode=disable pwd=" + password,
	}
}

// TestPasswordsOfTheStorageURL: whatever is wrong with a connection string, and
// whatever pgx says about it, no part of the password is printed, and a start that
// fails says so in one line.
func TestPasswordsOfTheStorageURL(t *testing.T) {
	cfg := harness.Write(t, t.TempDir(), "config.yml", harness.Config("http://127.0.0.1:1", wxtest.DemoAccounts()[:1], ""))
	filled := t.TempDir()
	fillOld(t, filled, 1, calendar.DayOf(time.Now()))
	try := func(t *testing.T, server, database string) {
		for _, password := range passwords {
			for form, text := range forms(server, database, password) {
				for _, args := range [][]string{
					{"--config.file=" + cfg, "--web.listen-address=127.0.0.1:0", "--log.level=debug", "--storage.url=" + text},
					{"export", "--storage.url=" + text},
					{"copy", "--storage.path=" + filled, "--to=" + text},
				} {
					starts := args[0] != "export" && args[0] != "copy"
					if args[0] == "copy" && !strings.HasPrefix(form, "URL") {
						continue // any other text is a directory
					}
					ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
					out := &harness.Output{}
					var code int
					if !starts || strings.HasSuffix(server, ":1") { // else a start that works goes on
						code = run(ctx, args, func(string) string { return "" }, out, out)
					}
					cancel()
					if strings.HasSuffix(server, ":1") && (code != 1 || !strings.Contains(out.String(), "PostgreSQL") || strings.Count(strings.TrimSpace(out.String()), "\n") > 0) {
						t.Errorf("%s %q: code %d, %s", form, password, code, out)
					}
					for _, word := range words(password) {
						if !isKeyword(word) && strings.Contains(out.String(), word) {
							t.Errorf("%s: %q of %q is printed: %s", form, word, password, out)
						}
					}
				}
			}
		}
	}
	t.Run("nobody there", func(t *testing.T) { try(t, "127.0.0.1:1", "wx") })
	t.Run("a server", func(t *testing.T) {
		u, err := url.Parse(pgtest.Start(t, "fsync=off").Database(t))
		if err != nil {
			t.Fatal(err)
		}
		try(t, u.Host, "none")
	})
}
