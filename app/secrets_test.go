package app

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// Every secret of these tests is begin, something odd, and end. Neither half may be
// shown, however the middle confuses who reads it.
const begin, end = "hunterTwoBegin", "hunterTwoEnd"

// shown finds a half of a secret.
var shown = regexp.MustCompile(`.{0,80}(?:` + begin + `|` + end + `).{0,80}`)

// odd are middles of secrets that YAML understands.
var odd = []string{"", `"`, `'`, ": ", " #", "@", "*", "{", "}, {", "`", " ", "\n", "\x00", "é"}

// webPlaces are where a web configuration holds secrets.
var webPlaces = []struct{ before, key, around string }{
	{"basic_auth_users:\n  ", "brand", "%s"},
	{"tls_server_config:\n  cert: x\n  ", "key", "%s"},
	{"tls_server_config:\n  cert_file: ok\n  ", "key", "-----BEGIN %s-----\\nAAAA\\n-----END %[1]s-----"},
	{"tls_server_config:\n  cert_file: ok\n  ", "key_file", "%s"},
	{"http_server_config:\n  ", "http2", "%s"},
}

// What is wrong with a web configuration is said without a part of a secret, and
// without the first character of a password in the place of its hash.
func TestWebConfigurationShowsNoSecrets(t *testing.T) {
	dir := t.TempDir()
	harness.Write(t, dir, "ok", "sesame")
	written := []string{"KEY: VALUE", "KEY: 'VALUE'", "KEY: \"VALUE\"", "KEY:VALUE", "KEY: [VALUE]", "KEY: {VALUE}", "VALUE: x", "VALUE", "*VALUE", "!VALUE x"}
	for _, p := range webPlaces {
		t.Run(p.key, func(t *testing.T) {
			for _, middle := range odd {
				for _, line := range written {
					line = strings.NewReplacer("KEY", p.key, "VALUE", fmt.Sprintf(p.around, begin+middle+end)).Replace(line)
					web := harness.Write(t, dir, "web.yml", p.before+line+"\n")
					said := fmt.Sprint(checkWeb(flags{web: &toolkit.FlagConfig{WebConfigFile: &web}}))
					if part := shown.FindString(said); part != "" || strings.Contains(said, "started with") {
						t.Fatalf("%q: a part of the secret is shown: %s", line, said)
					}
				}
			}
		})
	}
}
