//go:build !race

// The race detector of Go 1.26 fails checks of its own in a long synctest with many
// goroutines (golang/go#78156), so worlds are played without it.

package simulation

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// fresh plays fresh scripts for some time, and reports the shortest that breaks a
// rule.
func fresh(t *testing.T, d time.Duration) {
	for name, value := range map[string]string{"rapid.checks": "1", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	begin, cpu := time.Now(), cpuSeconds()
	var shortest *Script
	var broken error
	var days float64
	var calls, n int
	defer func() {
		t.Logf("%d scripts, %.0f account-days, %d calls in %.0f s, %.0f of the CPU: %.0f account-days a minute of two CPUs",
			n, days, calls, time.Since(begin).Seconds(), cpuSeconds()-cpu, days/(cpuSeconds()-cpu)*120)
		if shortest != nil {
			t.Logf("%v\nof the shortest script that breaks it:\n%s", broken, shortest)
			keep(t, *shortest)
		}
	}()
	for time.Since(begin) < d {
		rapid.Check(t, func(rt *rapid.T) {
			s := scripts(true).Draw(rt, "script")
			o := run(t, s)
			n, days, calls = n+1, days+o.days, calls+o.calls
			if o.broken != nil {
				if shortest == nil {
					t.Logf("found after %.1f s of the CPU, in %d scripts: %v", cpuSeconds()-cpu, n, o.broken)
				}
				shortest, broken = &s, o.broken
				rt.Fatalf("rule %d is broken", o.broken.(rule).number) // the same text for the same kind, or nothing shrinks
			}
		})
	}
}

// keep writes a script where make simulate SCRIPT= finds it.
func keep(t *testing.T, s Script) {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("wx-script-%x.json", chance(s)))
	if err := s.write(path); err != nil {
		t.Error(err)
	}
	t.Logf("make simulate SCRIPT=%s", path)
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// minutes is how long fresh scripts are played: not at all, unless somebody asks.
func minutes(t *testing.T) time.Duration {
	text := os.Getenv("WX_SIMULATE_MINUTES")
	if text == "" {
		t.Skip("make simulate plays fresh scripts")
	}
	m, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("WX_SIMULATE_MINUTES: %v", err)
	}
	return time.Duration(m * float64(time.Minute))
}

// TestFresh plays scripts that nobody has seen before.
func TestFresh(t *testing.T) { fresh(t, minutes(t)) }

// TestScript plays the script that WX_SIMULATE_SCRIPT names, or those that are kept:
// each broke a rule once.
func TestScript(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*.json")
	if one := os.Getenv("WX_SIMULATE_SCRIPT"); one != "" {
		paths = []string{one}
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			s, err := readScript(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("\n%s", s)
			if o := run(t, s); o.broken != nil {
				t.Error(o.broken)
			}
		})
	}
}

// TestSeeds plays the scripts of some seeds. They are others after any change of what is
// drawn, but the same in each run, so that what breaks is no accident.
func TestSeeds(t *testing.T) {
	for seed := range seeds {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			s := scripts(false).Example(100 + seed)
			if o := run(t, s); o.broken != nil {
				t.Errorf("%v\nof\n%s", o.broken, s)
				keep(t, s)
			}
		})
	}
}

// TestSame plays scripts twice: users see the same.
func TestSame(t *testing.T) {
	for seed := range 2 {
		s := scripts(false).Example(seed + 1)
		a, b := run(t, s), run(t, s)
		if fmt.Sprint(a.broken) != fmt.Sprint(b.broken) || a.calls != b.calls || len(a.trace) != len(b.trace) {
			t.Errorf("%v, %d calls, %d looks; then %v, %d calls, %d looks, of\n%s", a.broken, a.calls, len(a.trace), b.broken, b.calls, len(b.trace), s)
			continue
		}
		for i := range a.trace {
			if a.trace[i] != b.trace[i] {
				t.Errorf("look %d of %d differs: %s\nof %s", i, len(a.trace), cmp.Diff(strings.Split(a.trace[i], "\n"), strings.Split(b.trace[i], "\n")), s)
				break
			}
		}
	}
}
