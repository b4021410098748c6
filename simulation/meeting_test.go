package simulation

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wxexporter/wx_exporter/fleet"
	"github.com/wxexporter/wx_exporter/store"
)

var (
	errAway   = errors.New("the database cannot be reached")
	errLocked = errors.New("canceling statement due to lock timeout")
)

// meeting is where replicas meet: what PostgreSQL is to them, in memory. Time is that
// of the bubble.
type meeting struct {
	mu     sync.Mutex
	alive  map[string]session
	leases map[string]lease        // by account
	since  map[string]time.Time    // since when who has it has had it
	held   map[[2]string]time.Time // until when a lease lasts or lasted, by replica and account
	seats  map[*seat]bool
	lost   func(to *seat, serial int) bool // whether a hint is lost
	marks  map[[2]string]mark
	serial int
	turn   sync.Mutex // held while a replica writes
}

type session struct {
	of    *seat
	until time.Time
}

type lease struct {
	replica string
	until   time.Time
}

// mark is who stored something of an account and an API last.
type mark struct {
	by     *seat
	serial int
}

func newMeeting() *meeting {
	return &meeting{alive: map[string]session{}, leases: map[string]lease{}, since: map[string]time.Time{}, held: map[[2]string]time.Time{}, seats: map[*seat]bool{}, lost: func(*seat, int) bool { return false }, marks: map[[2]string]mark{}}
}

// seat is a replica's way to a meeting. It implements fleet.Peers.
type seat struct {
	*meeting
	name  string
	lease time.Duration
	gone  func() bool // whether the database cannot be reached from there
	flush func()      // writes what could not be written before
	heard chan [2]string
	broke chan struct{} // the connection that listens has ended
	seen  map[[2]string]int

	locked atomic.Int64 // until when nothing can be written of leases, in nanoseconds
}

func (m *meeting) seat(name string, lease time.Duration, gone func() bool) *seat {
	return &seat{meeting: m, name: name, lease: lease, gone: gone, flush: func() {}, heard: make(chan [2]string, 10_000), broke: make(chan struct{}, 1), seen: map[[2]string]int{}}
}

func (s *seat) ask() (func(), error) {
	if s.gone() {
		return nil, errAway
	}
	s.mu.Lock()
	return s.mu.Unlock, nil
}

// write is ask for what writes of leases.
func (s *seat) write() (func(), error) {
	if time.Now().UnixNano() < s.locked.Load() {
		return nil, errLocked
	}
	return s.ask()
}

func (s *seat) Clock(context.Context) (time.Time, error) {
	if s.gone() {
		return time.Time{}, errAway
	}
	return time.Now(), nil
}

func (s *seat) Beat(context.Context) (alive []string, err error) {
	s.flush()
	done, err := s.write()
	if err != nil {
		return nil, err
	}
	defer done()
	now := time.Now()
	if other := s.alive[s.name]; other.of != nil && other.of != s && now.Before(other.until) {
		return nil, errors.New("another replica is called " + s.name)
	}
	s.alive[s.name] = session{s, now.Add(s.lease)}
	for name, one := range s.alive {
		if now.Before(one.until) {
			alive = append(alive, name)
		}
	}
	slices.Sort(alive)
	return alive, nil
}

func (s *seat) Acquire(_ context.Context, accounts []string) (held []string, err error) {
	done, err := s.write()
	if err != nil {
		return nil, err
	}
	defer done()
	now := time.Now()
	for _, a := range accounts {
		if l := s.leases[a]; l.replica == s.name || !now.Before(l.until) {
			if l.replica != s.name || !now.Before(l.until) {
				s.since[a] = now
			}
			s.leases[a] = lease{s.name, now.Add(s.lease)}
			s.held[[2]string{s.name, a}] = now.Add(s.lease)
			held = append(held, a)
		}
	}
	return held, nil
}

func (s *seat) Release(_ context.Context, accounts []string) error {
	done, err := s.write()
	if err != nil {
		return err
	}
	defer done()
	if accounts == nil {
		for a, l := range s.leases {
			if l.replica == s.name {
				s.end(a)
			}
		}
		if s.alive[s.name].of == s {
			delete(s.alive, s.name)
		}
	}
	for _, a := range accounts {
		if s.leases[a].replica == s.name {
			s.end(a)
		}
	}
	return nil
}

// end ends a lease that the replica has.
func (s *seat) end(account string) {
	of := [2]string{s.name, account}
	if now := time.Now(); now.Before(s.held[of]) {
		s.held[of] = now
	}
	s.leases[account] = lease{replica: s.name}
}

func (s *seat) Holders(context.Context) (map[string]string, error) {
	done, err := s.ask()
	if err != nil {
		return nil, err
	}
	defer done()
	holders := map[string]string{}
	for a, l := range s.leases {
		if time.Now().Before(l.until) {
			holders[a] = l.replica
		}
	}
	return holders, nil
}

// holder returns who has an account's lease.
func (m *meeting) holder(account string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.leases[account]; time.Now().Before(l.until) {
		return l.replica
	}
	return ""
}

// lastHolder returns who has, or had last, an account's lease.
func (m *meeting) lastHolder(account string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.leases[account].replica
}

// lastHeld returns when a replica last had an account's lease: now, if it has it.
func (m *meeting) lastHeld(replica, account string) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if until := m.held[[2]string{replica, account}]; until.Before(time.Now()) {
		return until
	}
	return time.Now()
}

func (s *seat) Listen(ctx context.Context, began func(), changed func(account, api string)) error {
	done, err := s.ask()
	if err != nil {
		return err
	}
	s.seats[s] = true
	done()
	s.flush()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.seats, s)
	}()
	began()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.broke:
			return errAway
		case one := <-s.heard:
			changed(one[0], one[1])
		}
	}
}

// Look implements fleet.Peers.
func (s *seat) Look(_ context.Context, changed func(account, api string)) error {
	done, err := s.ask()
	if err != nil {
		return err
	}
	var found [][2]string
	for what, m := range s.marks {
		if m.by != s && s.seen[what] < m.serial {
			s.seen[what] = m.serial
			found = append(found, what)
		}
	}
	done()
	for _, one := range found {
		changed(one[0], one[1])
	}
	return nil
}

// tell tells the others what a replica has stored, unless the hint is lost.
func (s *seat) tell(account, api string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what := [2]string{account, api}
	s.serial++
	s.marks[what] = mark{s, s.serial}
	for other := range s.seats {
		if other != s && !other.gone() && !s.lost(other, s.serial) {
			other.seen[what] = s.serial
			other.heard <- what
		}
	}
}

// sharing is how the stores of replicas use one file.
func (s *seat) sharing() *store.Sharing {
	sharing := &store.Sharing{
		Away:  s.gone,
		Turn:  &s.turn,
		Holds: func(account string) bool { h := s.lastHolder(account); return !s.gone() && (h == "" || h == s.name) },
		Tell:  s.tell,
	}
	s.flush = sharing.Flush
	return sharing
}

var _ fleet.Peers = (*seat)(nil)
