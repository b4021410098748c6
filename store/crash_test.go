package store

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	crashEnv      = "WX_STORE_CRASH_DIR"
	crashAccounts = 4
)

// TestKilledChild is the process that TestKilled kills: it stores a day after
// the other for each of its accounts, and says after each that it is kept.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv(crashEnv)
	if dir == "" {
		return // this is not the child process
	}
	fmt.Println("opening")
	s, err := Open(t.Context(), Options{Path: dir, Views: testViews})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	var wg sync.WaitGroup
	for a := range crashAccounts {
		wg.Go(func() {
			account := fmt.Sprint("account", a)
			for n := s.Count(account); s.Healthy(); n++ {
				s.Put(account, sampleAPI, sampleDay(account, n))
				if s.Healthy() {
					fmt.Println("kept", a, n)
				}
			}
		})
	}
	wg.Wait()
	fmt.Println("error", s.lastErr)
}

// crash runs the child until it has said acks times that something is kept, and
// kills it. It returns how many days of each account it said it has kept, -1 for
// none.
func crash(t *testing.T, dir string, acks int) [crashAccounts]int {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledChild$")
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last := [crashAccounts]int{-1, -1, -1, -1}
	said := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "kept":
			account, day, _ := strings.Cut(rest, " ")
			a, _ := strconv.Atoi(account)
			if last[a], err = strconv.Atoi(day); err != nil {
				t.Fatalf("the child says %q", lines.Text())
			}
			said++
		case "error":
			t.Fatalf("the child says %q", lines.Text())
		}
		if said == acks {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			acks = -1
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	return last
}

// TestKilled kills a process that stores without pause, and one that opens, and
// checks that what it said it has kept is there, and nothing that it has not
// tried to keep.
func TestKilled(t *testing.T) {
	w := newWorld(t.TempDir(), "")
	var before [crashAccounts]int
	for range kills {
		said := crash(t, w.Path, rand.IntN(60))
		s := w.open(t)
		for a := range crashAccounts {
			account := fmt.Sprint("account", a)
			now := s.Count(account)
			if least := max(before[a], said[a]+1); now < least || now > least+1 {
				t.Fatalf("%s: %d days are there, %d were kept", account, now, least)
			}
			wantDays(t, s, account, sampleDays(account, 0, now-1)...)
			before[a] = now
		}
		mustClose(t, s)
		if w.log.String() != "" {
			t.Fatal(w.log)
		}
	}
	t.Log("days at the end:", before)
}
