package collector

import (
	"fmt"
	"testing"
)

// TestMilliseconds: what WeChat measures in milliseconds has no more digits in seconds,
// and the column it is read off has the head and the sums of the metric.
func TestMilliseconds(t *testing.T) {
	const date = "2026-11-20"
	_, api := familyOf(t, "get_performance")
	for ms, want := range map[int]string{0: "0", 18: "0.018", 1533: "1.533", 2150: "2.15"} {
		answer := api.Split(rowsOf(t, fmt.Sprintf(`{"ref_date":"20261120","cost_time_type":1,"cost_time":%d}`, ms)), date, date, 0)
		samples, err := api.Samples(answer.Days[date].JSON(), 0)
		if err != nil || len(samples) != 1 || fmt.Sprint(samples[0].Value) != want {
			t.Errorf("%d ms are %v, want %s: %v", ms, samples, want, err)
		}
	}
	for _, m := range api.metrics {
		if m.Title.English != "Time (ms)" || api.adds("cost_time") != Nowhere {
			t.Errorf("%s is read off %q, which adds up over %q", m.Name, m.Title.English, api.adds("cost_time"))
		}
	}
}
