package store

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

const fullEnv = "WX_STORE_FULL_DIR"

// limit sets how large a file of this process may become, which is how a full
// disk looks.
func limit(t *testing.T, bytes uint64) {
	t.Helper()
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}); err != nil {
		t.Fatal(err)
	}
}

// TestFullDisk: what cannot be written is served from memory, and written when
// there is room again. It runs in a process of its own, for the limit is the
// process'.
func TestFullDisk(t *testing.T) {
	dir := os.Getenv(fullEnv)
	if dir == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
		cmd.Env = append(os.Environ(), fullEnv+"="+t.TempDir())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("%s", out)
		return
	}
	w := newWorld(dir, "")
	s := w.open(t)
	limit(t, 300_000)
	n := 0
	for ; s.Healthy() && n < 10_000; n++ {
		s.Put("wx1", sampleAPI, sampleDay("wx1", n))
	}
	wantHealthy(t, s, false)
	for end := n + 3; n < end; n++ {
		s.Put("wx1", sampleAPI, sampleDay("wx1", n))
		s.PutState("wx1", "n", fmt.Append(nil, n))
		w.clock.pass(retryPause)
	}
	wantDays(t, s, "wx1", sampleDays("wx1", 0, n-1)...)
	if state, err := s.State("wx1", "n"); string(state) != fmt.Sprint(n-1) || err != nil {
		t.Errorf("state %s, %v", state, err)
	}
	if w.log.count("level=warn") != 1 {
		t.Error(w.log)
	}
	limit(t, unix.RLIM_INFINITY)
	w.clock.pass(retryPause)
	s.Flush()
	wantHealthy(t, s, true)
	wantDays(t, s, "wx1", sampleDays("wx1", 0, n-1)...)
	mustClose(t, s)

	// A start on a full disk goes on or says what is wrong; it hurts nothing.
	for _, room := range []uint64{0, 4096, 40_000, 100_000} {
		limit(t, room)
		s, err := Open(t.Context(), w.Options)
		limit(t, unix.RLIM_INFINITY)
		t.Log(room, err)
		if err == nil {
			wantDays(t, s, "wx1", sampleDays("wx1", 0, n-1)...)
			mustClose(t, s)
		}
	}
	s = w.open(t)
	wantDays(t, s, "wx1", sampleDays("wx1", 0, n-1)...)
	mustClose(t, s)
	if len(setAsides(t, dir)) > 0 {
		t.Error(w.log)
	}

	fresh := newWorld(filepath.Join(dir, "fresh"), "")
	limit(t, 100)
	_, err := Open(t.Context(), fresh.Options)
	limit(t, unix.RLIM_INFINITY)
	if err == nil {
		t.Error("a new store on a full disk")
	}
	t.Log(err)
	mustClose(t, fresh.open(t)) // the failed Open has let go of it
}
