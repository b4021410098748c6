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
	crashAPI      = "getusersummary"
)

// TestKilledChild is the process that TestKilled kills: from what the store has,
// it goes on storing a day after the other for each of its accounts, and says
// after each that it is kept.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv(crashEnv)
	if dir == "" {
		return // this is not the child process
	}
	fmt.Println("opening")
	s, err := Open(dir, Options{})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	var wg sync.WaitGroup
	for a := range crashAccounts {
		wg.Go(func() {
			account := fmt.Sprintf("account%d", a)
			for n := s.Days(account); s.Healthy(); n++ {
				s.Put(account, crashAPI, sampleDay(account, crashAPI, n))
				if s.Healthy() {
					fmt.Printf("kept %d %d\n", a, n)
				}
			}
		})
	}
	wg.Wait()
	fmt.Println("error", s.trouble)
}

// crash runs the child until it has said more than acks times that something is
// kept, then a moment longer, and kills it. It returns how many days of each
// account the child said it has kept, -1 for none.
func crash(t *testing.T, dir string, acks int, rng *rand.Rand) [crashAccounts]int {
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
	lines := bufio.NewScanner(out)
	for said := 0; lines.Scan(); {
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
			spin(rng.IntN(1 << 22))
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

// spin takes up to some milliseconds, without sleeping.
func spin(n int) {
	x := uint32(1)
	for range n {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
	}
	if x == 0 { // never
		panic(x)
	}
}

// TestKilled kills a process that stores without pause, again and again, and
// checks after each time that what it said it has kept is there, and nothing
// that it has not tried to keep.
func TestKilled(t *testing.T) {
	rng := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
	o, logged := testOptions()
	verify := func(dir string, said, before [crashAccounts]int) (now [crashAccounts]int) {
		t.Helper()
		s, err := Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for a := range crashAccounts {
			account := fmt.Sprintf("account%d", a)
			now[a] = s.Days(account)
			if least := max(before[a], said[a]+1); now[a] < least || now[a] > least+1 {
				t.Fatalf("%s: %d days are there, %d were kept", account, now[a], least)
			}
			wantDays(t, s, account, crashAPI, sampleDays(account, crashAPI, 0, now[a]-1)...)
		}
		if aside := setAsides(t, dir); len(aside) > 0 || logged.String() != "" {
			t.Fatalf("set aside: %v\n%s", aside, logged)
		}
		return now
	}
	t.Run("while storing", func(t *testing.T) {
		dir := t.TempDir()
		var have [crashAccounts]int
		for range 25 {
			have = verify(dir, crash(t, dir, 1+rng.IntN(60), rng), have)
		}
		t.Log("days at the end:", have)
	})
	t.Run("while opening", func(t *testing.T) {
		for range 10 {
			dir := t.TempDir()
			verify(dir, crash(t, dir, 0, rng), [crashAccounts]int{})
		}
	})
}
