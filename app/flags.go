package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"github.com/wxexporter/wx_exporter/collector"
)

// flags are the command line.
type flags struct {
	configFile    string
	configCheck   bool
	collectors    map[string]*bool // whether a family is polled
	refused       map[string]bool  // families that are off because somebody said so
	storagePath   string
	storageURL    string
	replica       string
	telemetryPath string
	lifecycle     bool
	logLevel      string
	logFormat     string
	demo          bool
	web           *toolkit.FlagConfig
	inward        inward

	configGiven  bool    // the command line names the configuration file
	storageGiven bool    // the command line names the store's directory
	urlGiven     bool    // --storage.url is given there
	command      command // nil: serve
}

// command is a command beside serve.
type command interface {
	run(context.Context, flags, Host) error
}

// clause is a command on the command line.
type clause struct {
	*kingpin.CmdClause
	command command
}

// asked are the flags that a person asks something with. A variable that is called
// like one of them, such as WX_EXPORTER_VERSION, means something else.
var asked = []string{"help", "help-long", "help-man", "version", "completion-bash", "completion-script-bash", "completion-script-zsh", "config.check"}

// parse reads the command line. With done the program is to exit with code at
// once, as after --help.
func parse(args []string, stdout, stderr io.Writer) (f flags, code int, done bool) {
	app := kingpin.New(program, "Exports the daily statistics of WeChat Official Accounts and mini programs to Prometheus, and shows them to people on /figures.")
	app.Version(version.Print(program)).DefaultEnvars()
	app.HelpFlag.Short('h')
	app.UsageWriter(stdout).ErrorWriter(stderr)
	app.Terminate(func(c int) { code, done = c, true })
	app.Flag("config.file", "Configuration file; without it, one account from WX_APP_ID and WX_APP_SECRET or WX_APP_SECRET_FILE.").Default("config.yml").IsSetByUser(&f.configGiven).StringVar(&f.configFile)
	app.Flag("config.check", "Check the configuration and the web configuration, say what is wrong, and end.").BoolVar(&f.configCheck)
	f.collectors, f.refused = map[string]*bool{}, map[string]bool{}
	families := collector.Families()
	given := make([]bool, len(families))
	for i, family := range families {
		f.collectors[family.Name] = app.Flag("collector."+family.Name, "Poll the "+family.Name+" collector.").Default(strconv.FormatBool(!family.Off)).IsSetByUser(&given[i]).Bool()
	}
	app.Flag("storage.path", "Directory of the embedded store.").Default("data/").IsSetByUser(&f.storageGiven).StringVar(&f.storagePath)
	app.Flag("storage.url", "PostgreSQL instead of the embedded store, as postgres://... or any other form that libpq reads.").IsSetByUser(&f.urlGiven).StringVar(&f.storageURL)
	app.Flag("replica.name", "Who this replica is among those that share a PostgreSQL store; by default host name and process id.").Default(replicaName()).StringVar(&f.replica)
	f.web = kingpinflag.AddFlags(app, ":10049")
	inwardFlags(app, &f.inward)
	app.Flag("web.telemetry-path", "Path of the metrics.").Default("/metrics").StringVar(&f.telemetryPath)
	app.Flag("web.enable-lifecycle", "Reload the configuration on POST /-/reload.").BoolVar(&f.lifecycle)
	app.Flag("log.level", "Only log messages of this level or above: debug, info, warn, error.").Default("info").EnumVar(&f.logLevel, "debug", "info", "warn", "error")
	app.Flag("log.format", "Format of log messages: logfmt, json.").Default("logfmt").EnumVar(&f.logFormat, "logfmt", "json")
	app.Flag("demo", "Poll a simulated WeChat in this process: two Official Accounts and a mini program, no credentials, and a temporary store, unless --storage.path or --storage.url names one.").BoolVar(&f.demo)
	app.Command("serve", "Poll and export; without a command, this is what is done.").Default()
	clauses := []clause{checkCommand(app), exportCommand(app), copyCommand(app), forgetCommand(app)}
	for _, name := range asked {
		app.GetFlag(name).NoEnvar()
	}
	named, err := app.Parse(args)
	for _, c := range clauses {
		if named == c.FullCommand() {
			f.command = c.command
		}
	}
	for i, family := range families {
		said := given[i] || app.GetFlag("collector."+family.Name).HasEnvarValue()
		f.refused[family.Name] = said && !*f.collectors[family.Name]
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
