package wxclient

import (
	"context"
	"fmt"
	"io"
	"time"
)

const hidden = "<secret>"

// Token is an access token. However it is printed or encoded, its value does
// not show.
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

// TokenSource fetches the current token of an account. A Client calls it when
// it needs a token, not concurrently, and keeps what it returns; the source
// itself keeps no token and makes no retry. An error that is no *Error is
// taken for an error of the configuration.
type TokenSource interface {
	Fetch(ctx context.Context) (Token, error)
}
