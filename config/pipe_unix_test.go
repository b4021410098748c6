//go:build unix

package config

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A named pipe gives a text to whoever opens it, and makes who opens it wait when
// nobody writes: none is opened.
func TestLoadOpensNoPipes(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"config.yml", "", "config.yml: is not a regular file"},
		{"more.yml", "account_files: ['*.yml']\n", "config.yml:1: account_files[0]: more.yml: is not a regular file"},
		{"secret", "accounts: [{name: a, app_id: wx1, app_secret_file: secret}]\n", "config.yml:1: accounts[0].app_secret_file: is not a regular file"},
		{"ca.pem", oneAccount + "api: {tls_config: {ca_file: ca.pem}}\n", "config.yml:2: api.tls_config.ca_file: is not a regular file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := files{}
			if tc.text != "" {
				in["config.yml"] = tc.text
			}
			dir := in.write(t)
			pipe := filepath.Join(dir, tc.name)
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			opened := make(chan bool)
			go func() {
				w, err := os.OpenFile(pipe, os.O_WRONLY, 0) // until somebody reads
				if err == nil {
					_, _ = w.WriteString(oneAccount)
					w.Close()
				}
				opened <- true
			}()
			_, err := Load(filepath.Join(dir, "config.yml"), known())
			r, e := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			if e != nil {
				t.Fatal(e)
			}
			defer r.Close()
			<-opened
			if err == nil || strings.ReplaceAll(err.Error(), dir+"/", "") != tc.want {
				t.Errorf("error %v, want %s", err, tc.want)
			}
		})
	}
}
