package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"reflect"
	"strconv"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"millrace/builtin"
	"millrace/engine"
	"millrace/server"
)

// serveCommand runs the server. Its flags are made of the server's list of settings.
type serveCommand struct {
	Config       string `placeholder:"FILE" env:"MILLRACE_CONFIG" help:"A TOML file with settings; a variable is stronger than it, and a flag than both."`
	PrintConfig  bool   `help:"Print the settings in force, each with where it is from, and end."`
	SampleConfig bool   `help:"Print a file with every setting at its default, and end."`
	kong.Plugins
}

// newServeCommand makes a flag of each setting but those that every command has.
func newServeCommand() serveCommand {
	var fields []reflect.StructField
	for i, f := range server.Flags() {
		if f.Name == logFlag {
			continue
		}
		help := f.Help
		if f.Default != "" {
			help += " Default: " + f.Default + "."
		}
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("F%d", i), Type: reflect.TypeFor[*string](),
			Tag: reflect.StructTag(fmt.Sprintf(`name:%q placeholder:"…" help:%s`, f.Name, strconv.Quote(help+" $"+f.Env))),
		})
	}
	return serveCommand{Plugins: kong.Plugins{reflect.New(reflect.StructOf(fields)).Interface()}}
}

// given are the flags of settings that the command line has.
func (c *serveCommand) given(t *streams) map[string]string {
	flags := map[string]string{}
	v := reflect.ValueOf(c.Plugins[0]).Elem()
	for i := range v.NumField() {
		if value := v.Field(i).Interface().(*string); value != nil {
			tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("name"), ",")
			flags[tag] = *value
		}
	}
	if t.logLevel != "" {
		flags[logFlag] = t.logLevel
	}
	return flags
}

// Run serves until Ctrl-C or TERM.
func (c *serveCommand) Run(t *streams) error {
	if c.SampleConfig {
		fmt.Fprint(t.out, server.Sample())
		return nil
	}
	cfg, err := server.Load(c.Config, c.given(t), os.LookupEnv)
	if err != nil {
		return err
	}
	if c.PrintConfig {
		fmt.Fprint(t.out, cfg.Print())
		return nil
	}
	log := cfg.Logger(t.err)
	slog.SetDefault(log)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	cut, done := interrupts(context.Background(), stop)
	defer done()
	s, err := server.Listen(ctx, cfg, log, version())
	if err != nil {
		return err
	}
	defer reloads(s)()
	return s.Run(ctx, cut, func(ctx context.Context) (*engine.Engine, error) {
		return engine.Open(ctx, engine.Config{
			Sources: builtin.Sources(), Sinks: builtin.Sinks(t.out), DataDir: cfg.DataDir, Lookup: os.LookupEnv, Log: log, Jobs: true,
		})
	})
}

// reloads has the server read its certificate again at each SIGHUP, until the returned function is called.
func reloads(s *server.Server) (stop func()) {
	hups, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(hups, syscall.SIGHUP)
	go func() {
		for {
			select {
			case <-hups:
				s.Reload()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(hups)
		close(done)
	}
}
