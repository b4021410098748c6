package pgtest

import (
	"os"
	"testing"
)

// missing skips a test that needs a server, aloud.
func missing(tb testing.TB, err error) {
	tb.Helper()
	if os.Getenv("WX_REQUIRE_POSTGRES") == "1" {
		tb.Fatalf("PostgreSQL is required: %v", err)
	}
	tb.Skipf("SKIPPED: everything on PostgreSQL, whose server is not installed here: %v", err)
}
