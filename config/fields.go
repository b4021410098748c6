package config

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"
)

// The keys of the file, section by section: what they set and what they may be.

func (a *API) fields() fields {
	f := httpFields()
	maps.Copy(f, fields{
		"url":                 endpoint(&a.URL, false),
		"timeout":             duration(&a.Timeout),
		"requests_per_second": rate(&a.RequestsPerSecond),
	})
	return f
}

func (p *Poll) fields() fields {
	return fields{
		"not_before":     clock(&p.NotBefore),
		"retry_interval": duration(&p.RetryInterval),
		"settle_days":    integer(&p.SettleDays, 0, maxDays),
	}
}

func (w *Window) fields() fields {
	return fields{
		"daily":            integer(&w.Daily, 1, maxDays),
		"hourly":           integer(&w.Hourly, 0, maxDays),
		"article":          integer(&w.Article, 0, maxDays),
		"articles_per_day": integer(&w.ArticlesPerDay, 0, 1_000_000_000),
	}
}

func (s *Storage) fields() fields {
	return fields{
		"retention": integer(&s.Retention, 0, maxDays),
	}
}

func (a *Account) fields() fields {
	return fields{
		"name":            word(&a.Name),
		"app_id":          word(&a.AppID),
		"app_secret":      text(&a.AppSecret),
		"app_secret_file": secretFile(&a.AppSecretFile),
		"collectors":      collectors(&a.Collectors),
		"labels":          labels(&a.Labels),
		"token":           a.Token.read,
	}
}

func (t *Token) fields() fields {
	f := httpFields()
	maps.Copy(f, fields{
		"mode":       choice(&t.Mode, TokenStable, TokenClassic),
		"file":       readableFile(&t.File),
		"url":        endpoint(&t.URL, true),
		"authorizer": t.Authorizer.read,
	})
	return f
}

func (a *Authorizer) fields() fields {
	return fields{
		"component_app_id":            word(&a.ComponentAppID),
		"component_access_token_file": readableFile(&a.ComponentTokenFile),
		"component_access_token_url":  endpoint(&a.ComponentTokenURL, true),
		"refresh_token_file":          secretFile(&a.RefreshTokenFile),
	}
}

func (a *API) read(v value) {
	if keys, ok := v.mapping(a.fields()); ok {
		readHTTP(v, keys, &a.HTTP)
	}
}

// read takes an account apart and holds its keys against each other. It
// returns the keys that are there.
func (a *Account) read(v value) map[string]value {
	a.Token = defaultToken()
	keys, ok := v.mapping(a.fields())
	if !ok {
		return nil
	}
	if !has(keys, "name") {
		v.missing("name", "")
	}
	if a.Token.Mode == "" {
		return keys // what else is needed depends on it
	}
	ready := a.Token.Mode == TokenFile || a.Token.Mode == TokenURL
	if !ready && !has(keys, "app_id") {
		v.missing("app_id", "")
	}
	needsSecret := a.Token.Mode == TokenStable || a.Token.Mode == TokenClassic
	switch n := count(keys, "app_secret", "app_secret_file"); {
	case needsSecret && n == 0:
		v.missing("app_secret", " (or app_secret_file)")
	case needsSecret && n == 2:
		keys["app_secret_file"].fail("there is app_secret already: only one of the two")
	case !needsSecret:
		for _, k := range []string{"app_secret", "app_secret_file"} {
			if has(keys, k) {
				keys[k].fail("is not used with token.%s", a.Token.Mode)
			}
		}
	}
	return keys
}

// read takes a token section apart. Mode is empty afterwards when the section
// does not say where the token comes from.
func (t *Token) read(v value) {
	mode := t.Mode
	t.Mode = ""
	keys, ok := v.mapping(t.fields())
	if !ok {
		return
	}
	if v.null() {
		t.Mode = mode
		return
	}
	sources := []string{"mode", TokenFile, TokenURL, TokenAuthorizer}
	if count(keys, sources...) != 1 {
		t.Mode = ""
		v.fail("needs exactly one of %s", strings.Join(sources, ", "))
		return
	}
	for _, s := range sources[1:] {
		if has(keys, s) {
			t.Mode = s
		}
	}
	if !readHTTP(v, keys, &t.HTTP) {
		return
	}
	if t.Mode == TokenURL || t.Mode == TokenAuthorizer && t.Authorizer.ComponentTokenFile == "" {
		return
	}
	http := httpFields()
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if has(http, k) {
			keys[k].fail("is only used with token.url or authorizer.component_access_token_url (api has its own)")
		}
	}
}

func (a *Authorizer) read(v value) {
	keys, ok := v.mapping(a.fields())
	if !ok {
		return
	}
	for _, k := range []string{"component_app_id", "refresh_token_file"} {
		if !has(keys, k) {
			v.missing(k, "")
		}
	}
	if count(keys, "component_access_token_file", "component_access_token_url") != 1 {
		v.fail("needs exactly one of component_access_token_file, component_access_token_url")
	}
}

// collectors reads a list of collectors; the order in the file means nothing.
func collectors(dst *[]string) reader {
	return func(v value) {
		all := Collectors()
		var names []string
		ok := v.list(func(item value) {
			var name string
			choice(&name, all...)(item)
			if name != "" && slices.Contains(names, name) {
				item.fail("is in the list already")
				return
			}
			names = append(names, name)
		})
		if ok && !v.null() && len(v.node.Content) == 0 {
			v.fail("is empty: leave the key out for every collector that the flags allow")
			return
		}
		for _, name := range all {
			if slices.Contains(names, name) {
				*dst = append(*dst, name)
			}
		}
	}
}

func labels(dst *map[string]string) reader {
	return func(v value) {
		read := make(map[string]string)
		v.entries(func(name string, item value) {
			if !model.LegacyValidation.IsValidLabelName(name) || strings.HasPrefix(name, "__") {
				item.path = v.path
				item.fail("%.80q is no label name: letters, digits and _, not beginning with a digit or __", name)
				return
			}
			if why, ok := reservedLabels()[name]; ok {
				item.fail("%s", why)
				return
			}
			var s string
			text(&s)(item)
			if !utf8.ValidString(s) {
				item.fail("is not valid UTF-8")
				return
			}
			read[name] = s
		})
		if len(read) > 0 {
			*dst = read
		}
	}
}

// reservedLabels returns the labels that an account cannot have, and why.
func reservedLabels() map[string]string {
	m := map[string]string{
		"job":      "Prometheus sets this label when it scrapes",
		"instance": "Prometheus sets this label when it scrapes",
	}
	for _, l := range []string{
		"account", "api", "code", "collector", "date", "hour", "interval", "kind", "le", "msgid",
		"name", "name_zh", "position", "quantile", "reason", "scene", "source", "stat_date", "state",
		"title", "type", "url",
	} {
		m[l] = "the exporter has a label of this name itself"
	}
	return m
}

func has[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}

func count[V any](m map[string]V, keys ...string) int {
	n := 0
	for _, k := range keys {
		if has(m, k) {
			n++
		}
	}
	return n
}
