package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"

	commoncfg "github.com/prometheus/common/config"
	"golang.org/x/net/http/httpguts"
)

// rule says more of the values of a key than their type. Own keys have theirs in the
// methods validate; those of Prometheus' HTTP client have them here.
type rule struct {
	secret bool // no message may repeat it
	lines  bool // certificates and keys: several lines
	free   bool // a text for people, in which unseen characters have their uses
	empty  bool // as good as no key
	file   func(path string) error
	check  func(value string) error
}

var httpKeys = map[string]rule{
	"ca":                          {secret: true, lines: true},
	"cert":                        {secret: true, lines: true},
	"key":                         {secret: true, lines: true},
	"client_certificate_key":      {secret: true, lines: true},
	"claims":                      {secret: true, free: true},
	"endpoint_params":             {secret: true, free: true},
	"proxy_connect_header":        {secret: true},
	"token_url":                   {secret: true},
	"values":                      {secret: true},
	"no_proxy":                    {empty: true},
	"username":                    {check: noColon},
	"ca_file":                     {file: isFile},
	"cert_file":                   {file: isFile},
	"key_file":                    {file: isFile},
	"client_certificate_key_file": {file: isFile},
	"bearer_token_file":           {file: isCredentialFile},
	"client_secret_file":          {file: isCredentialFile},
	"credentials_file":            {file: isCredentialFile},
	"password_file":               {file: isCredentialFile},
	"username_file":               {file: isCredentialFile},
	"files":                       {file: isCredentialFile},
}

// typeRules are those of Prometheus' types.
var typeRules = map[reflect.Type]rule{
	reflect.TypeFor[commoncfg.URL]():        {secret: true, check: isProxy},
	reflect.TypeFor[commoncfg.TLSVersion](): {check: isTLSVersion},
}

func noColon(s string) error {
	if slices.Contains([]byte(s), ':') {
		return errors.New("must not hold a colon, which ends it")
	}
	return nil
}

func noManager(string) error { return errors.New("unknown key (there is no secret manager)") }

func isTLSVersion(s string) error {
	if _, ok := commoncfg.TLSVersions[s]; !ok {
		return errors.New("must be one of TLS10, TLS11, TLS12, TLS13")
	}
	return nil
}

func isProxy(s string) error {
	if parseURL(s, "http", "https", "socks5", "socks5h") == nil {
		return errors.New("must be a URL that begins with http://, https://, socks5:// or socks5h:// and a host")
	}
	return nil
}

// parseURL returns nil unless there is a host and one of the schemes.
func parseURL(s string, schemes ...string) *url.URL {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || !slices.Contains(schemes, u.Scheme) {
		return nil
	}
	return u
}

// readable checks a file that a key names.
func readable(dir, name string, check func(path string) error) error {
	err := check(commoncfg.JoinDir(dir, name))
	if errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(name) {
		err = fmt.Errorf("%w (relative paths start in the directory of the configuration file)", err)
	}
	return err
}

// http checks the HTTP client configuration of a section. Certificates are read
// when they are used; a file without one should be found earlier, here.
func (s section) http(c *commoncfg.HTTPClientConfig) {
	c.SetDirectory(s.dir)
	if !s.clean(s.key) {
		return
	}
	if c.HTTPHeaders != nil {
		headers(s.in("http_headers"), c.HTTPHeaders.Headers)
	}
	headers(s.in("proxy_connect_header"), c.ProxyConnectHeader)
	if err := c.Validate(); err != nil {
		s.fail("", "%s", s.words(err))
	} else if _, err := commoncfg.NewTLSConfig(&c.TLSConfig); err != nil {
		s.fail("tls_config", "%s", s.words(err))
	}
}

// headers checks the names of headers.
func headers[V any](s section, named map[string]V) {
	for name := range named {
		if !httpguts.ValidHeaderFieldName(name) {
			s.fail(name, "is no name of a header: letters, digits and -, no space")
		}
	}
}
