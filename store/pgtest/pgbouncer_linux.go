package pgtest

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Pooler starts PgBouncer in front of the server, which hands out its few
// connections by transaction, and returns the URL of a database by way of it. It
// ends with the test. Where it is not installed the test is skipped, or fails with
// WX_REQUIRE_POSTGRES=1.
func (s *Server) Pooler(tb testing.TB, database string) string {
	tb.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer" // Debian's, which is not in everybody's PATH
	}
	if _, err := os.Stat(program); err != nil {
		missing(tb, "PgBouncer", err)
	}
	dir, err := os.MkdirTemp(s.dir, "pgbouncer")
	if err != nil {
		tb.Fatal(err)
	}
	port, err := freePort()
	if err != nil {
		tb.Fatal(err)
	}
	config := filepath.Join(dir, "pgbouncer.ini")
	text := fmt.Sprintf(`[databases]
* = host=127.0.0.1 port=%d user=wx
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
`, s.port, port)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
	if s.owner != nil {
		if err := os.Chown(dir, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			tb.Fatal(err)
		}
	}
	log, err := os.Create(filepath.Join(s.dir, "pgbouncer.log"))
	if err != nil {
		tb.Fatal(err)
	}
	defer log.Close()
	process := exec.Command(program, config)
	process.Dir, process.Stderr = dir, log
	process.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner} // it refuses to run as root, too
	if err := process.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = process.Process.Kill() // it has nothing to lose
		_ = process.Wait()
	})
	u, err := url.Parse(database)
	if err != nil {
		tb.Fatal(err)
	}
	u.Host = fmt.Sprint("127.0.0.1:", port)
	pooled := u.String()
	wait(tb, pooled+"&default_query_exec_mode=exec", 10*time.Second, log.Name())
	return pooled
}
