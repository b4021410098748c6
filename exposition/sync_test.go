package exposition

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
)

// TestSettledMeansShown: when Sync says that nothing is under way, the page has
// what was set before, also at the moment at which the page is replaced.
func TestSettledMeansShown(t *testing.T) {
	c := start(t, Options{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range 30 {
		account := "a" + strconv.Itoa(i)
		m := gauges(account, "wx_m", "n")
		for n := range 500 {
			m.WithLabelValues(strconv.Itoa(n)).Set(1)
		}
		set(c, account, "user", registry(m))
		for c.Sync(ended) != nil {
			continue // it asks without waiting, as the readiness of the exporter does
		}
		if !strings.Contains(pageOf(t, get(c.Metrics(), "/metrics")), `account="`+account+`"`) {
			t.Fatalf("settled, and the page lacks %s", account)
		}
	}
}

func TestSyncEndsWithItsContext(t *testing.T) {
	c := New(Options{}) // nothing runs
	set(c, "a", "user", registry())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Sync(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Sync returns %v", err)
	}
}
