package history

import (
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/collector"
)

// TestMetricsAreWrittenOnce: a metric that several lists of a row bring, as the portrait's
// do, is written once: promtool takes no series twice.
func TestMetricsAreWrittenOnce(t *testing.T) {
	var out strings.Builder
	if err := (OpenMetrics{APIs: APIs(collector.Families(), nil)}).Write(t.Context(), nil, &out); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "# TYPE ") {
			if seen[line] {
				t.Errorf("twice: %s", line)
			}
			seen[line] = true
		}
	}
	if len(seen) < 50 {
		t.Errorf("%d metrics", len(seen))
	}
}
