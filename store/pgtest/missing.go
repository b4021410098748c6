package pgtest

import (
	"os"
	"testing"
)

// missing skips a test that needs a server, aloud.
func missing(tb testing.TB, server string, err error) {
	tb.Helper()
	if os.Getenv("WX_REQUIRE_POSTGRES") == "1" {
		tb.Fatalf("%s is required: %v", server, err)
	}
	tb.Skipf("SKIPPED: everything on %s, which is not installed here: %v", server, err)
}
