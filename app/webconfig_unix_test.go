//go:build unix

package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// A named pipe for a web configuration, or for a file of it, is not opened: it gives
// a text to whoever does, or makes who does it wait.
func TestWebConfigurationOpensNoPipes(t *testing.T) {
	for _, c := range []struct{ pipe, config, want string }{
		{"web.yml", "", "web.yml: is not a regular file"},
		{"key.pem", "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n", "web.yml: tls_server_config.key_file: is not a regular file"},
	} {
		t.Run(c.pipe, func(t *testing.T) {
			dir := t.TempDir()
			harness.Certificate(t, dir)
			pipe := filepath.Join(dir, c.pipe)
			os.Remove(pipe)
			if c.config != "" {
				harness.Write(t, dir, "web.yml", c.config)
			}
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			opened := make(chan bool)
			go func() {
				w, err := os.OpenFile(pipe, os.O_WRONLY, 0) // until somebody reads
				if err == nil {
					w.Close()
				}
				opened <- true
			}()
			web := filepath.Join(dir, "web.yml")
			err := checkWeb(flags{web: &toolkit.FlagConfig{WebConfigFile: &web}})
			r, e := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			if e != nil {
				t.Fatal(e)
			}
			defer r.Close()
			<-opened
			if got := strings.ReplaceAll(fmt.Sprint(err), dir+"/", ""); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
