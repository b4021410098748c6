// wx_exporter exports the daily statistics of WeChat Official Accounts to
// Prometheus.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/alecthomas/kingpin/v2"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/common/version"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"github.com/wxexporter/wx_exporter/collector"
)

const program = "wx_exporter"

// release is the version of builds without linker flags, as by go run and
// go install.
//
//go:embed VERSION
var release string

func main() {
	if version.Version == "" {
		version.Version = strings.TrimSpace(release)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// flags are the command line.
type flags struct {
	configFile    string
	configCheck   bool
	collectors    map[string]*bool
	storagePath   string
	storageURL    string
	replica       string
	telemetryPath string
	lifecycle     bool
	logLevel      string
	logFormat     string
	demo          bool
	web           *toolkit.FlagConfig

	configGiven  bool // the command line names the configuration file
	storageGiven bool // the command line names the store's directory
	urlGiven     bool // --storage.url is given there
	export       *export
}

// run is the program: it returns the exit code once ctx has ended, or when it
// cannot start.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	f, code, done := parse(args, stdout, stderr)
	if done {
		return code
	}
	if f.export != nil {
		return printError(f.export.run(ctx, f, stdout, stderr), stderr)
	}
	if f.configCheck {
		return check(f, getenv, stdout, stderr)
	}
	logger := newLogger(f, stderr)
	limitMemory(logger)
	err := serve(ctx, f, getenv, logger)
	if err == nil {
		return 0
	}
	for _, e := range lines(err) {
		level.Error(logger).Log("msg", "exiting on an error", "err", e)
	}
	return 1
}

// limitMemory makes the garbage collector respect nine tenths of the container's
// memory limit; the rest is for memory outside Go's heap. GOMEMLIMIT comes first.
func limitMemory(logger log.Logger) {
	_, err := memlimit.SetGoMemLimitWithOpts(memlimit.WithRatio(0.9), memlimit.WithProvider(memlimit.FromCgroup))
	if err != nil {
		level.Debug(logger).Log("msg", "no memory limit of a container is known", "err", err)
	}
}

// parse reads the command line. With done the program is to exit with code at
// once, as after --help.
func parse(args []string, stdout, stderr io.Writer) (f flags, code int, done bool) {
	app := kingpin.New(program, "Exports the daily statistics of WeChat Official Accounts to Prometheus.")
	app.Version(version.Print(program)).DefaultEnvars()
	app.HelpFlag.Short('h')
	app.UsageWriter(stdout).ErrorWriter(stderr)
	app.Terminate(func(c int) { code, done = c, true })
	app.Flag("config.file", "Configuration file; without it, one account from WX_APP_ID and WX_APP_SECRET or WX_APP_SECRET_FILE.").Default("config.yml").IsSetByUser(&f.configGiven).StringVar(&f.configFile)
	app.Flag("config.check", "Check the configuration and the web configuration, say what is wrong, and end.").BoolVar(&f.configCheck)
	f.collectors = map[string]*bool{}
	for _, family := range collector.Names(collector.Families()) {
		f.collectors[family] = app.Flag("collector."+family, "Poll the "+family+" family.").Default("true").Bool()
	}
	app.Flag("storage.path", "Directory of the embedded store.").Default("data/").IsSetByUser(&f.storageGiven).StringVar(&f.storagePath)
	app.Flag("storage.url", "PostgreSQL instead of the embedded store, as postgres://... or what else libpq knows.").IsSetByUser(&f.urlGiven).StringVar(&f.storageURL)
	app.Flag("replica.name", "Who this replica is among those that share a PostgreSQL store; by default host name and process id.").Default(replicaName()).StringVar(&f.replica)
	f.web = kingpinflag.AddFlags(app, ":10049")
	app.Flag("web.telemetry-path", "Path of the metrics.").Default("/metrics").StringVar(&f.telemetryPath)
	app.Flag("web.enable-lifecycle", "Reload the configuration on POST /-/reload.").BoolVar(&f.lifecycle)
	app.Flag("log.level", "Only log messages of this level or above: debug, info, warn, error.").Default("info").EnumVar(&f.logLevel, "debug", "info", "warn", "error")
	app.Flag("log.format", "Format of log messages: logfmt, json.").Default("logfmt").EnumVar(&f.logFormat, "logfmt", "json")
	app.Flag("demo", "Poll a simulated WeChat in this process: two accounts, no credentials, and a store that goes when it ends, unless --storage.path or --storage.url names one.").BoolVar(&f.demo)
	app.Command("serve", "Poll and export; without a command, this is what is done.").Default()
	x := exportCommand(app)
	command, err := app.Parse(args)
	if command == x.FullCommand() {
		f.export = &x.export
	}
	if err != nil && !done {
		fmt.Fprintf(stderr, "%s: %s%s, try --help\n", program, badVariable(app, err), err)
		return f, 1, true
	}
	return f, code, done
}

// replicaName is the default of --replica.name.
func replicaName() string {
	host, err := os.Hostname()
	if err != nil {
		host = program
	}
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}

// badVariable names the environment variable that an error of the command line
// comes from. The error itself does not name it.
func badVariable(app *kingpin.Application, err error) string {
	all := app.Model().Flags
	for _, c := range app.Model().Commands {
		all = append(all, c.Flags...)
	}
	for _, flag := range all {
		if v := os.Getenv(flag.Envar); v != "" {
			if e := flag.Value.Set(v); e != nil && e.Error() == err.Error() {
				return flag.Envar + ": "
			}
		}
	}
	return ""
}

// check validates the configuration and the web configuration.
func check(f flags, getenv func(string) string, stdout, stderr io.Writer) int {
	cfg, err := load(f, getenv)
	if err = errors.Join(err, checkWeb(f)); err != nil {
		return printError(err, stderr)
	}
	for _, w := range cfg.Warnings {
		fmt.Fprintln(stderr, "warning:", w)
	}
	fmt.Fprintf(stdout, "The configuration is fine. Accounts: %d.\n", len(cfg.Accounts))
	return 0
}

// checkWeb validates the web configuration, whose errors do not name the file.
func checkWeb(f flags) error {
	if err := toolkit.Validate(*f.web.WebConfigFile); err != nil {
		return fmt.Errorf("%s: %s", *f.web.WebConfigFile, oneLine(err))
	}
	return nil
}

// oneLine joins the lines of an error's text.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// printError writes an error, if there is one, and returns the exit code.
func printError(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	for _, e := range lines(err) {
		fmt.Fprintln(stderr, e)
	}
	return 1
}
