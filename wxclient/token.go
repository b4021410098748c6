package wxclient

import (
	"context"
	"fmt"
	"io"
	"time"
)

const hidden = "<secret>"

// Token is an access token. Printing or encoding it does not show its value.
type Token struct {
	Value  string
	Expiry time.Time // when it expires, or when to look for another
}

// String returns a placeholder.
func (Token) String() string { return hidden }

// Format writes a placeholder, whatever the verb.
func (Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText returns a placeholder, for JSON and for structured logs.
func (Token) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// TokenSource fetches the current token of an account. A Client calls it when it
// needs a token, not concurrently, and caches the result; the source itself neither
// caches nor retries. An error other than an *Error counts as one of the
// configuration.
type TokenSource interface {
	Fetch(ctx context.Context) (Token, error)
}

// secretsOf returns what a source sends to get a token. WeChat may repeat it in the
// answers of any API.
func secretsOf(s TokenSource) redactor {
	if s, ok := s.(interface{ secrets() redactor }); ok {
		return s.secrets()
	}
	return nil
}
