package texts

import (
	"cmp"
	"strings"
)

// OfTerminal returns the language of a terminal's locale, as the environment has it.
func OfTerminal(getenv func(string) string) Language {
	if strings.HasPrefix(cmp.Or(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG")), string(Chinese)) {
		return Chinese
	}
	return English
}
