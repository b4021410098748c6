package config

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	commoncfg "github.com/prometheus/common/config"
	"go.yaml.in/yaml/v3"
)

// Prometheus' HTTP client configuration stands inline, beside the keys of the
// section that it belongs to. Its own types decode it; that happens after a
// walk over the same types that reports unknown keys and wrong kinds of value
// with line and key, which their errors lack.

// httpFields returns the top-level keys of the HTTP client configuration. The
// readers check and set nothing.
func httpFields() fields {
	return structFields(reflect.TypeFor[commoncfg.HTTPClientConfig]())
}

// readHTTP sets dst from those of a section's keys that belong to it.
func readHTTP(v value, keys map[string]value, dst *commoncfg.HTTPClientConfig) bool {
	known := httpFields()
	own := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if !has(known, k) {
			continue
		}
		c := keys[k]
		if slices.ContainsFunc(v.problems, func(p problem) bool { return within(p.key, c.path) }) {
			return false
		}
		own.Content = append(own.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: k}, c.node)
	}
	cfg := commoncfg.DefaultHTTPClientConfig
	if err := own.Decode(&cfg); err != nil {
		v.fail("%s", oneLine(err))
		return false
	}
	cfg.SetDirectory(v.dir)
	// Certificates are read again whenever they are used, but a file that
	// holds none is better found now.
	if _, err := commoncfg.NewTLSConfig(&cfg.TLSConfig); err != nil {
		keys["tls_config"].fail("%s", oneLine(err))
		return false
	}
	*dst = cfg
	return true
}

// within reports whether a key is the one at path or under it.
func within(key, path string) bool {
	rest, ok := strings.CutPrefix(key, path)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// oneLine returns the text of an error of the HTTP client configuration. Those
// of the YAML library quote values, so only their gist is told.
func oneLine(err error) string {
	if strings.HasPrefix(err.Error(), "yaml: ") {
		return "cannot be read as an HTTP client configuration"
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

// structFields returns the keys of a struct of the HTTP client configuration.
// Keys that end in _ref name secrets of a secret manager; there is none here.
func structFields(t reflect.Type) fields {
	f := fields{}
	for field := range t.Fields() {
		key, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			maps.Copy(f, structFields(field.Type))
		case key == "" || strings.HasSuffix(key, "_ref"):
		case strings.HasSuffix(key, "_file"):
			f[key] = readableFile(new(string))
		case key == "files":
			f[key] = listOf(readableFile(new(string)))
		default:
			f[key] = shape(field.Type)
		}
	}
	return f
}

// shape returns the reader that checks a value against a type of the HTTP
// client configuration.
func shape(t reflect.Type) reader {
	switch t {
	case reflect.TypeFor[commoncfg.URL]():
		return proxyURL
	case reflect.TypeFor[commoncfg.TLSVersion]():
		return choice(new(string), "TLS10", "TLS11", "TLS12", "TLS13")
	case reflect.TypeFor[commoncfg.Headers]():
		return mapOf(shape(reflect.TypeFor[commoncfg.Header]()))
	}
	switch t.Kind() {
	case reflect.Pointer:
		return shape(t.Elem())
	case reflect.Struct:
		return section(structFields(t))
	case reflect.Map:
		return mapOf(shape(t.Elem()))
	case reflect.Slice:
		return listOf(shape(t.Elem()))
	case reflect.Bool:
		return boolean
	case reflect.String:
		return text(new(string))
	default: // the claims of a JWT: anything
		return func(value) {}
	}
}

func mapOf(each reader) reader {
	return func(v value) { v.entries(func(_ string, c value) { each(c) }) }
}

func listOf(each reader) reader {
	return func(v value) { v.list(each) }
}

// proxyURL reads the URL of a proxy, whose user name and password may stand in
// it: Prometheus' configuration has no other place for them.
func proxyURL(v value) {
	var s string
	text(&s)(v)
	if s == "" {
		return
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
		v.fail("must be a URL that begins with http://, https://, socks5:// or socks5h:// and a host")
	}
}
