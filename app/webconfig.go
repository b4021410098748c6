package app

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	commoncfg "github.com/prometheus/common/config"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v3"

	"github.com/wxexporter/wx_exporter/config"
	"github.com/wxexporter/wx_exporter/textfile"
)

// checkWeb validates the web configuration, whose errors do not name the file.
func checkWeb(f flags) error {
	path := *f.web.WebConfigFile
	if path == "" {
		return nil
	}
	file, err := textfile.Read(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := checkWebFiles(filepath.Dir(path), file.Text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := toolkit.Validate(path); err != nil {
		return fmt.Errorf("%s: %s", path, webWords(oneLine(err)))
	}
	return nil
}

// checkWebFiles checks the files that a web configuration names, as what reads them
// waits for whoever writes into a pipe, and repeats what stands where a name should.
func checkWebFiles(dir string, text []byte) error {
	var c struct {
		TLS struct {
			Cert      string `yaml:"cert_file"`
			Key       string `yaml:"key_file"`
			ClientCAs string `yaml:"client_ca_file"`
		} `yaml:"tls_server_config"`
	}
	if yaml.Unmarshal(text, &c) != nil {
		return nil //nolint:nilerr // the toolkit says what is wrong
	}
	for _, file := range []struct{ key, path string }{
		{"cert_file", c.TLS.Cert}, {"key_file", c.TLS.Key}, {"client_ca_file", c.TLS.ClientCAs},
	} {
		if file.path == "" {
			continue
		}
		if _, err := textfile.Read(commoncfg.JoinDir(dir, file.path)); err != nil {
			return fmt.Errorf("tls_server_config.%s: %w", file.key, err)
		}
	}
	return nil
}

var (
	backquoted = regexp.MustCompile("`[^`]*`")
	unknownKey = regexp.MustCompile(`field (\S.*?) not found in type`)
	tag        = regexp.MustCompile(`cannot unmarshal !\S*`)
	anchor     = regexp.MustCompile(`anchor '.*?' `)
	character  = regexp.MustCompile(`started with '.*?'`)
	headings   = regexp.MustCompile(`following types: \[.*?\]`)
)

// webWords returns what the toolkit says of a web configuration without the values
// that it quotes, which may be passwords, and the first character of one that
// stands in the place of its hash.
func webWords(text string) string {
	text = backquoted.ReplaceAllString(text, "...")
	text = tag.ReplaceAllString(text, "cannot unmarshal")
	text = anchor.ReplaceAllString(text, "anchor ")
	text = character.ReplaceAllString(text, "is something else: a password is given as its bcrypt hash")
	text = headings.ReplaceAllString(text, "following types: [...]")
	return unknownKey.ReplaceAllStringFunc(text, func(field string) string {
		key := strings.TrimSuffix(strings.TrimPrefix(field, "field "), " not found in type")
		return "field " + config.ShownKey(key) + " not found in type"
	})
}
