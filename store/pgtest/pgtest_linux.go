// Package pgtest runs a PostgreSQL server for tests: the one that is installed,
// in a directory and on a port of its own.
package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that databases are made with
)

// Server is a PostgreSQL server. It ends with the test.
type Server struct {
	bin, dir string
	port     int
	settings []string
	owner    *syscall.Credential
	process  *exec.Cmd // nil while it is stopped
	made     int       // databases
}

// Start starts a server with settings like fsync=off. Without the tag e2e the test
// is skipped, and where none is installed, too, or fails with WX_REQUIRE_POSTGRES=1.
func Start(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	if !asked {
		tb.Skip("PostgreSQL takes the tag e2e")
	}
	bin, err := binaries()
	if err != nil {
		missing(tb, "PostgreSQL", err)
	}
	dir, err := os.MkdirTemp("", "pgtest") // tb.TempDir is not for other users
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	s := &Server{bin: bin, dir: dir, settings: settings}
	if err := s.create(); err != nil {
		tb.Fatal(err)
	}
	s.Run(tb)
	tb.Cleanup(func() { s.Stop(tb, syscall.SIGQUIT) })
	return s
}

// binaries finds the directory of the server's programs: initdb's in PATH, or
// Debian's, which are not there.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		path, err = filepath.EvalSymlinks(path)
		return filepath.Dir(path), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("no initdb: %w", exec.ErrNotFound)
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// create makes the server's files, owned by somebody who is not root: PostgreSQL
// refuses to run as root.
func (s *Server) create() error {
	if os.Geteuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			u, err = user.Lookup("nobody")
		}
		if err != nil {
			return err
		}
		uid, _ := strconv.Atoi(u.Uid) // they are numbers on Linux
		gid, _ := strconv.Atoi(u.Gid)
		s.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	if s.owner != nil {
		if err := os.Chown(s.dir, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			return err
		}
	}
	out, err := s.command("initdb", "-D", s.Data(), "-U", "wx", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	s.port, err = freePort()
	return err
}

// freePort returns a port that nobody listens on.
func freePort() (int, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return free.Addr().(*net.TCPAddr).Port, free.Close()
}

// Data is the directory of the server's files.
func (s *Server) Data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner}
	return cmd
}

// Run starts the server after Stop.
func (s *Server) Run(tb testing.TB) {
	tb.Helper()
	args := []string{"-D", s.Data(), "-k", s.dir, "-c", "listen_addresses=127.0.0.1", "-c", fmt.Sprint("port=", s.port)}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		tb.Fatal(err)
	}
	defer log.Close()
	s.process = s.command("postgres", args...)
	s.process.Stderr = log
	if err := s.process.Start(); err != nil {
		tb.Fatal(err)
	}
	wait(tb, s.url("postgres"), 30*time.Second, log.Name())
}

// wait waits until a server that was started answers.
func wait(tb testing.TB, url string, patience time.Duration, log string) {
	tb.Helper()
	db := open(tb, url)
	defer db.Close()
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for deadline := time.Now().Add(patience); db.Ping() != nil; <-retry.C {
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log)
			tb.Fatalf("it does not start: %v\n%s", db.Ping(), text)
		}
	}
}

// Stop ends the server: SIGINT cuts the connections, SIGQUIT is a crash.
func (s *Server) Stop(tb testing.TB, how syscall.Signal) {
	tb.Helper()
	if s.process == nil {
		return
	}
	if err := s.process.Process.Signal(how); err != nil {
		tb.Error(err)
	}
	_ = s.process.Wait() // it was told to end
	s.process = nil
}

// Database makes a database and returns its URL.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	s.made++
	name := fmt.Sprint("wx", s.made)
	s.Exec(tb, "postgres", "CREATE DATABASE "+name)
	return s.url(name)
}

// Exec executes a statement in a database.
func (s *Server) Exec(tb testing.TB, database, statement string) {
	tb.Helper()
	db := open(tb, s.url(database))
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		tb.Fatal(err)
	}
}

func open(tb testing.TB, url string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		tb.Fatal(err)
	}
	return db
}

func (s *Server) url(database string) string {
	return fmt.Sprintf("postgres://wx@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}
