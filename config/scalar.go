package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	commoncfg "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"github.com/wxexporter/wx_exporter/textfile"
)

// checks are for values that the decoder would misread, or refuse without a line.
// The first one that matches the key is used. It returns the value in the form
// that the decoder needs.
var checks = []struct {
	keys  *regexp.Regexp
	check func(value, dir string) (string, error)
}{
	{regexp.MustCompile(`\.(labels|endpoint_params|claims|proxy_connect_header)\.`), must("", anything)},
	{regexp.MustCompile(`^(api\.timeout|poll\.retry_interval)$`), duration},
	{regexp.MustCompile(`^poll\.not_before$`), clock},
	{regexp.MustCompile(`^history\.since$`), must("must be a day such as 2025-01-01", isDay)},
	{regexp.MustCompile(`^(poll|window|history|storage)\.|^api\.max_connections$`), must("must be a whole number", isWhole)},
	{regexp.MustCompile(`^(accounts|remote_write)\[\d+\]\.name$`), name},
	{regexp.MustCompile(`^accounts\[\d+\]\.app_id$|\.component_app_id$`), appID},
	{regexp.MustCompile(`^accounts\[\d+\]\.app_secret$`), appSecret},
	{regexp.MustCompile(`^api\.url$|^remote_write\[\d+\]\.url$|\.token\.url$|\.component_access_token_url$`), address},
	{regexp.MustCompile(`\.proxy_url$`), must("must be a URL that begins with http://, https://, socks5:// or socks5h:// and a host", isProxy)},
	{regexp.MustCompile(`\.app_secret_file$`), readable(isSecretFile)},
	{regexp.MustCompile(`\.refresh_token_file$`), readable(isLineFile)},
	{regexp.MustCompile(`\.component_access_token_file$|\.token\.file$`), readable(isTokenFile)},
	{regexp.MustCompile(`\.(username|password|credentials|bearer_token|client_secret)_file$|\.files\[\d+\]$`), readable(isCredentialFile)},
	{regexp.MustCompile(`_file$`), readable(isFile)},
	{regexp.MustCompile(`\.basic_auth\.username$`), must("must not hold a colon, which ends it", noColon)},
	{regexp.MustCompile(`\.(min|max)_version$`), must("must be one of TLS10, TLS11, TLS12, TLS13", isTLSVersion)},
	{regexp.MustCompile(`_ref$`), must("unknown key (there is no secret manager)", nothing)},
}

// mayBeEmpty are the keys that may have no value, as when everything below them
// is commented out.
var mayBeEmpty = regexp.MustCompile(`^(api|poll|window|history|history\.since|storage|remote_write|accounts|account_files|remote_write\[\d+\]\.families|accounts\[\d+\]\.(collectors|labels|token))$|` +
	`\.(tls_config|basic_auth|authorization|oauth2|http_headers|proxy_connect_header|no_proxy)$`)

// scalar checks the value of a key. A wrong value is reported and not decoded.
func (f *file) scalar(key string, n *yaml.Node) {
	if strings.TrimSpace(n.Value) == "" || n.ShortTag() == "!!null" {
		if !mayBeEmpty.MatchString(key) {
			f.empty = append(f.empty, key)
		}
		return
	}
	value, err := n.Value, visible(key, n.Value)
	if n.Style&yaml.TaggedStyle != 0 {
		err = errors.New("tags are not supported (a value that begins with ! needs quotes)")
	}
	if secret.MatchString(key) {
		f.secrets = append(f.secrets, strings.TrimSpace(n.Value))
	}
	for _, c := range checks {
		if err == nil && c.keys.MatchString(key) {
			value, err = c.check(n.Value, f.dir)
			break
		}
	}
	switch {
	case err != nil:
		f.fail(f.find(key), "%s", err)
		n.Value, n.Tag = "", "!!null"
	case value != n.Value:
		n.Value, n.Tag = value, "!!str"
	}
}

// must makes a check of a condition.
func must(rule string, ok func(string) bool) func(value, dir string) (string, error) {
	return func(s, _ string) (string, error) {
		if !ok(s) {
			return "", errors.New(rule)
		}
		return s, nil
	}
}

var (
	// secret matches the keys whose values no message may repeat.
	secret = regexp.MustCompile(`\.(app_secret|password|credentials|bearer_token|client_secret|client_certificate_key|ca|cert|key|(proxy_|token_)?url)$|` +
		`_url$|\.(values|secrets)\[\d+\]$|\.(proxy_connect_header|endpoint_params|claims)\.`)
	// pem matches the keys whose values are certificates and keys: several lines.
	pem = regexp.MustCompile(`\.(ca|cert|key|client_certificate_key)$`)
	// free matches the keys whose values are texts for people.
	free = regexp.MustCompile(`\.labels\.`)
)

// visible returns an error that names the character of a value that nobody sees. In
// texts for people they have their uses, but for control characters.
func visible(key, value string) error {
	switch {
	case pem.MatchString(key):
		return nil
	case free.MatchString(key):
		if strings.ContainsFunc(value, unicode.IsControl) {
			return textfile.Visible(value)
		}
		return nil
	}
	if err := textfile.Visible(strings.Trim(value, " \t\r\n")); err != nil {
		return err
	}
	return replaced(strings.TrimSpace(value))
}

func noColon(s string) bool { return !strings.Contains(s, ":") }

func anything(string) bool { return true }

func nothing(string) bool { return false }

// isWhole is false for 2.5 and 1e3, which the decoder would take.
func isWhole(s string) bool { return !strings.ContainsAny(s, ".eE") }

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func isTLSVersion(s string) bool {
	_, ok := commoncfg.TLSVersions[s]
	return ok
}

func isProxy(s string) bool { return parseURL(s, "http", "https", "socks5", "socks5h") != nil }

// parseURL returns nil unless there is a host and one of the schemes.
func parseURL(s string, schemes ...string) *url.URL {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || !slices.Contains(schemes, u.Scheme) {
		return nil
	}
	return u
}

// address checks an http or https URL. Credentials in it are refused because
// URLs end up in messages.
func address(s, _ string) (string, error) {
	u := parseURL(s, "http", "https")
	switch {
	case u == nil:
		return "", errors.New("must be a URL that begins with http:// or https:// and a host")
	case u.User != nil:
		return "", errors.New("must not hold a user name or password (use basic_auth)")
	case u.Fragment != "":
		return "", errors.New("must not have a fragment")
	}
	return u.String(), nil
}

func duration(s, _ string) (string, error) {
	d, err := model.ParseDuration(s)
	switch {
	case err != nil:
		return "", errors.New("must be a duration such as 15s, 30m or 1d")
	case d <= 0:
		return "", errors.New("must be longer than 0s")
	}
	return time.Duration(d).String(), nil
}

func clock(s, _ string) (string, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return "", errors.New(`must be a time of day such as "08:00"`)
	}
	return fmt.Sprintf("%dh%dm", t.Hour(), t.Minute()), nil
}

// readable makes a check of a file.
func readable(check func(path string) error) func(value, dir string) (string, error) {
	return func(s, dir string) (string, error) {
		err := check(commoncfg.JoinDir(dir, s))
		if errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(s) {
			err = fmt.Errorf("%w (relative paths start in the directory of the configuration file)", err)
		}
		return s, err
	}
}
