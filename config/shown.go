package config

import (
	"reflect"
	"regexp"
	"strings"
)

// A key is shown only where it looks like one: {app_secret:abc}, without a space,
// is a single key that ends in a secret, and {0123456789abcdef} is one that is
// nothing else.
var (
	keyLike = regexp.MustCompile(`^(<<|[a-z]+[0-9]?(_[a-z]+[0-9]?)*)$`)
	// nameLike and headerLike are for keys that people choose.
	nameLike   = regexp.MustCompile(`^[a-zA-Z0-9_<-]+$`)
	headerLike = regexp.MustCompile(`^[A-Z][a-z]*(-[A-Z][a-z]*)*$`)
	digits     = regexp.MustCompile(`[0-9]`)
)

// The longest keys to be shown. Secrets are longer than names with a digit.
const (
	maxShown      = 40
	maxShownDigit = 16
)

// shownKey returns a key of a mapping as messages show it, if it looks as such keys do.
func shownKey(like *regexp.Regexp, key string) string {
	switch {
	case knownKeys[key]:
		return key
	case len(key) > maxShown, len(key) > maxShownDigit && digits.MatchString(key), !like.MatchString(key):
		if before, _, cut := strings.Cut(key, ":"); cut && knownKeys[before] {
			return before + "..."
		}
		return "..."
	}
	return key
}

// ShownKey returns a key of any configuration as messages may show it.
func ShownKey(key string) string { return shownKey(keyLike, key) }

// knownKeys are the keys that the configuration has anywhere.
var knownKeys = allKeys(map[string]bool{"accounts": true, "account_files": true},
	reflect.TypeFor[Config](), reflect.TypeFor[Account]())

// allKeys adds the keys of types, and of what is inside them, to keys.
func allKeys(keys map[string]bool, types ...reflect.Type) map[string]bool {
	for _, t := range types {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			continue
		}
		for field := range t.Fields() {
			tag, tagged := field.Tag.Lookup("yaml")
			key, _, _ := strings.Cut(tag, ",")
			if !tagged || key == "-" {
				continue
			}
			if key != "" {
				keys[key] = true
			}
			allKeys(keys, field.Type)
		}
	}
	return keys
}
