//go:build linux

package main

import (
	"fmt"
	"io"
	"time"
)

// write writes the results as Markdown.
func write(w io.Writer, all []*result) {
	fmt.Fprintln(w, "| series | server | median scrape | × TCP | × TCP, back to back | CPU a scrape | allocations a scrape | resident | body |")
	fmt.Fprintln(w, "|--:|---|--:|--:|--:|--:|--:|--:|--:|")
	for _, r := range all {
		for _, s := range []struct {
			name string
			*server
		}{{"this exporter", r.cache}, {"promhttp", r.promhttp}, {"net/http, the same bytes", r.plain}, {"TCP, the same bytes", r.tcp}} {
			paced, rushed := r.timesTCP(s.server)
			fmt.Fprintf(w, "| %d | %s | %s | %.2f | %.2f | %s | %.0f | %.1f MB | %.1f kB |\n",
				r.series, s.name, duration(median(s.walls)), paced, rushed,
				duration(median(s.cpus)), median(s.mallocs), float64(s.resident)/1e6, float64(s.bytes)/1e3)
		}
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "| series | faster than promhttp | less CPU than promhttp | × TCP (back to back) | allocations in the handler | resident, of 20 MB + 40 B a series | change of an account, CPU (wall) | /probe in the handler (allocations) |")
	fmt.Fprintln(w, "|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, r := range all {
		paced, rushed := r.timesTCP(r.cache)
		fmt.Fprintf(w, "| %d | %.0f × | %.0f × | %.2f (%.2f) | %.0f | %.0f %% | %s (%s) | %s (%.0f) |\n",
			r.series,
			ratio(median(r.promhttp.walls), median(r.cache.walls)),
			ratio(median(r.promhttp.cpus), median(r.cache.cpus)),
			paced, rushed,
			r.allocs,
			100*float64(r.cache.resident)/(20e6+40*float64(r.series)),
			duration(r.change), duration(r.changeWall),
			duration(r.probe), r.probeAllocs)
	}
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func duration(d time.Duration) string {
	if d < time.Millisecond {
		return fmt.Sprintf("%.1f µs", float64(d)/1e3)
	}
	return fmt.Sprintf("%.1f ms", float64(d)/1e6)
}
