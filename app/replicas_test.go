//go:build e2e

package app

import (
	"database/sql"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store/pgtest"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// replicas is a fleet of accounts that several exporters share.
type replicas struct {
	testing.TB
	wechat *wxtest.WeChat
	names  []string // of the accounts
	binary string
	args   []string
}

func newReplicas(t testing.TB, accounts int) *replicas {
	all := fleetOf(accounts)
	r := &replicas{TB: t, wechat: harness.WeChat(wxtest.Options{Accounts: all, CallLog: 1_000_000}), binary: harness.Build(t)}
	for _, a := range all {
		r.names = append(r.names, a.Name)
	}
	text := strings.Replace(harness.Config(harness.Serve(t, r.wechat), all, "window: {daily: 7, hourly: 1}"), "requests_per_second: 500", "requests_per_second: 1", 1)
	r.args = []string{"--config.file=" + harness.Write(t, t.TempDir(), "config.yml", text), "--no-collector.article", "--no-collector.publish"}
	return r
}

// start starts a replica on a database.
func (r *replicas) start(name, database string) *harness.Process {
	return harness.Start(r, r.binary, append([]string{"--replica.name=" + name, "--storage.url=" + database}, r.args...)...)
}

// page is what a replica shows of WeChat's figures and of the accounts' states:
// all but what is about the replica itself.
func (r *replicas) page(p *harness.Process) map[string]string {
	page := map[string]string{}
	for name, v := range p.Scrape(r) {
		if strings.HasPrefix(name, "wx_") && !ownSeries.MatchString(name) {
			page[name] = v
		}
	}
	return page
}

// polled counts the accounts that a replica polls.
func (r *replicas) polled(p *harness.Process) (n int) {
	for name, v := range p.Scrape(r) {
		if strings.HasPrefix(name, "wx_account_lease{") && v == "1" {
			n++
		}
	}
	return n
}

// quiet waits until the replicas show all accounts filled and the same.
func (r *replicas) quiet(what string, all ...*harness.Process) map[string]string {
	harness.Eventually(r, what, func() bool { return harness.Filled(all[0].Scrape(r), r.names...) })
	diff := ""
	for range 20 { // as often as five seconds of quiet allow, and the end of a fill besides
		time.Sleep(time.Second)
		diff = ""
		first := r.page(all[0])
		for _, p := range all[1:] {
			diff += cmp.Diff(first, r.page(p))
		}
		if diff == "" {
			return first
		}
	}
	r.Fatalf("%s: the replicas' pages differ: %.3000s", what, diff)
	return nil
}

// TestReplicas: three exporters share three hundred accounts. Two are killed and
// one is stopped for a minute while they fill the store. Every row is there, all
// replicas show the same, and no request was made twice but for those that were
// in flight.
func TestReplicas(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 300)
	database := pgtest.Start(t).Database(t)
	a, b, c := r.start("a", database), r.start("b", database), r.start("c", database)
	var events []time.Time
	event := func(do func()) {
		do()
		events = append(events, time.Now())
	}
	signal := func(p *harness.Process, s syscall.Signal) {
		if err := p.Cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	harness.Eventually(t, "the first calls", func() bool { return r.wechat.Count("", wxtest.Statistics) > 300 })
	event(a.Kill)
	event(func() { signal(c, syscall.SIGSTOP) })
	stopped := time.Now()
	harness.Eventually(t, "b to poll all accounts", func() bool { return r.polled(b) == 300 })
	t.Logf("the accounts of a replica that died are polled again after %s", time.Since(stopped))
	time.Sleep(60*time.Second - time.Since(stopped))
	event(func() { signal(c, syscall.SIGCONT) })
	harness.Eventually(t, "c to poll its share", func() bool { return r.polled(c) > 50 })
	event(b.Kill)
	a, b = r.start("a", database), r.start("b2", database)

	got := r.quiet("the fill", a, b, c)
	r.askedOnce(events)
	harness.Eventually(t, "shares for all", func() bool {
		n := []int{r.polled(a), r.polled(b), r.polled(c)}
		return n[0] > 50 && n[1] > 50 && n[2] > 50 && n[0]+n[1]+n[2] == 300
	})
	a.Stop(t)
	harness.Eventually(t, "a's share to be taken over", func() bool { return r.polled(b)+r.polled(c) == 300 })
	r.want(got)
}

// want compares what replicas show with what an exporter alone does.
func (r *replicas) want(got map[string]string) {
	alone := harness.Start(r, r.binary, append([]string{"--storage.path=" + r.TB.(*testing.T).TempDir()}, r.args...)...)
	harness.Eventually(r, "an exporter alone", func() bool { return harness.Filled(alone.Scrape(r), r.names...) })
	if diff := cmp.Diff(harness.Dated(alone.Scrape(r)), harness.Dated(got)); diff != "" {
		r.Errorf("- an exporter alone, + replicas: %.3000s", diff)
	}
}

// askedOnce looks for requests that were made twice, but for those that were in flight
// when a replica was killed or stopped: asked for, and not stored yet.
func (r *replicas) askedOnce(events []time.Time) {
	const atOnce = 3 // requests of an account
	type request struct{ appID, api, begin, end string }
	type loss struct {
		event int
		appID string
	}
	first, lost := map[request]time.Time{}, map[loss]int{}
	repeated := 0
	for _, c := range r.wechat.Calls() {
		if c.Begin == "" || c.Code != 0 || c.Status == 0 {
			continue
		}
		k := request{c.AppID, c.API, c.Begin, c.End}
		at, again := first[k]
		if !again {
			first[k] = c.Time
			continue
		}
		repeated++
		l := loss{slices.IndexFunc(events, at.Before), k.appID}
		if lost[l]++; l.event < 0 || lost[l] > atOnce {
			r.Errorf("%v was asked at %s and again at %s; the events were at %s", k, at, c.Time, events)
		}
	}
	r.Logf("%d requests, %d of them again", len(first), repeated)
}

// TestReplicaCutOff: a replica that is cut off from PostgreSQL goes on serving,
// stops polling when its leases end, and catches up by itself.
func TestReplicaCutOff(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 40)
	database := pgtest.Start(t).Database(t)
	cable := newCable(t, database)
	a, b := r.start("a", cable.url), r.start("b", database)
	before := r.quiet("the fill", a, b)
	harness.Eventually(t, "a share for each", func() bool { return r.polled(a) > 5 && r.polled(b) > 5 })
	cable.cut()
	harness.Eventually(t, "the other to poll all", func() bool { return r.polled(b) == 40 })
	harness.Eventually(t, "the one cut off to say that it polls none", func() bool { return r.polled(a) == 0 })
	if diff := cmp.Diff(harness.Dated(before), harness.Dated(r.page(a))); diff != "" {
		t.Errorf("cut off, it serves: %.2000s", diff)
	}
	cable.mend()
	harness.Eventually(t, "a share for each again", func() bool { return r.polled(a) > 5 && r.polled(b) > 5 })
	r.quiet("after that", a, b)
	r.askedOnce(nil)
}

// TestDatabaseAway: PostgreSQL crashes while two replicas fill it and stays away,
// by default a little longer than leases last; WX_AWAY=10m takes ten minutes. They
// go on serving and stop polling. When it is back, they write what it missed, and
// ask for nothing again: a replica that comes then reads the same from it.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	away := harness.Wanted(t, "WX_AWAY", 45*time.Second, time.ParseDuration)
	r := newReplicas(t, 40)
	server := pgtest.Start(t)
	database := server.Database(t)
	a, b := r.start("a", database), r.start("b", database)
	harness.Eventually(t, "the first calls", func() bool { return r.wechat.Count("", wxtest.Statistics) > 100 })
	server.Stop(t, syscall.SIGQUIT)
	gone := time.Now()
	harness.Eventually(t, "the replicas to say that they poll none", func() bool { return r.polled(a)+r.polled(b) == 0 })
	before, calls := len(harness.Dated(a.Scrape(t))), r.wechat.Count("", wxtest.Statistics)
	time.Sleep(away - time.Since(gone))
	if now := len(harness.Dated(a.Scrape(t))); before == 0 || now != before {
		t.Errorf("%d dated series after %s without the database, %d when it went", now, away, before)
	}
	if n := r.wechat.Count("", wxtest.Statistics) - calls; n > 0 {
		t.Errorf("%d calls without a lease", n)
	}
	server.Run(t)
	harness.Eventually(t, "both to write and poll again", func() bool {
		return a.Scrape(t)["wx_store_healthy"] == "1" && b.Scrape(t)["wx_store_healthy"] == "1" && r.polled(a)+r.polled(b) == 40
	})
	got := r.quiet("the fill", a, b)
	r.askedOnce(nil)
	r.want(got)
	c := r.start("c", database)
	if diff := cmp.Diff(harness.Dated(got), harness.Dated(c.Scrape(t))); diff != "" {
		t.Errorf("- the replicas, + what they stored: %.3000s", diff)
	}
}

// TestReplicaAtRest: what a replica with a thousand accounts asks of PostgreSQL
// while there is nothing to poll, scrapes included.
func TestReplicaAtRest(t *testing.T) {
	r := newReplicas(t, 1000)
	r.args = append(r.args, "--no-collector.message", "--no-collector.interface")
	database := pgtest.Start(t, "shared_preload_libraries=pg_stat_statements").Database(t)
	db, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE EXTENSION pg_stat_statements"); err != nil {
		t.Fatal(err)
	}
	statements := func() (n int) {
		if err := db.QueryRowContext(t.Context(), "SELECT sum(calls) FROM pg_stat_statements").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	a := r.start("a", database)
	r.quiet("the fill", a)
	before, began := statements(), time.Now()
	for range 6 {
		time.Sleep(10 * time.Second)
		a.Scrape(t)
	}
	rate := float64(statements()-before) / time.Since(began).Seconds()
	t.Logf("%.2f statements a second", rate)
	if rate > 2 {
		t.Errorf("%.2f statements a second, want at most 2", rate)
	}
}

// cable is a connection to a server that can be cut: then nothing passes, and
// nobody is told.
type cable struct {
	url string

	mu    sync.Mutex
	whole *sync.Cond
	isCut bool
}

func newCable(t testing.TB, database string) *cable {
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	u.Host = l.Addr().String()
	c := &cable{url: u.String()}
	c.whole = sync.NewCond(&c.mu)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", server)
			if err != nil {
				in.Close()
				continue
			}
			go c.pass(in, out)
			go c.pass(out, in)
		}
	}()
	return c
}

func (c *cable) pass(from, to net.Conn) {
	defer to.Close()
	_, _ = io.Copy(to, reader(func(p []byte) (int, error) {
		n, err := from.Read(p)
		c.mu.Lock()
		defer c.mu.Unlock()
		for c.isCut {
			c.whole.Wait()
		}
		return n, err
	}))
}

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

func (c *cable) cut() { c.set(true) }

func (c *cable) mend() { c.set(false) }

func (c *cable) set(isCut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isCut = isCut
	c.whole.Broadcast()
}
