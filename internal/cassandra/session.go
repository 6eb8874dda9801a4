package cassandra

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"millrace/sqlerr"
)

// connectTimeout is how long a node may take to accept a connection, and again to answer on it.
const connectTimeout = 4 * time.Second

// Connect opens a session. Requests go to a node that has the row, of the data centre if one is named. A cluster that
// cannot be reached is a *sqlerr.Error that names the addresses, within some seconds.
func Connect(ctx context.Context, c *Config) (*gocql.Session, error) {
	reached, err := c.reach(ctx)
	if err != nil {
		return nil, err
	}
	cluster := gocql.NewCluster(reached...)
	if _, port, err := net.SplitHostPort(reached[0]); err == nil {
		cluster.Port, _ = strconv.Atoi(port) // of nodes whose port the cluster does not tell; checked by having dialled it
	}
	cluster.ConnectTimeout = connectTimeout
	cluster.Timeout = c.Timeout
	cluster.WriteTimeout = c.Timeout
	cluster.Consistency = c.Consistency
	cluster.ReconnectInterval = time.Second
	cluster.Metadata.CacheMode = gocql.KeyspaceOnly
	cluster.Logger = driverLog{}
	order := gocql.RoundRobinHostPolicy()
	if c.Datacenter != "" {
		order = gocql.DCAwareRoundRobinPolicy(c.Datacenter)
	}
	cluster.PoolConfig.HostSelectionPolicy = gocql.TokenAwareHostPolicy(order)
	if c.Username != "" {
		cluster.Authenticator = gocql.PasswordAuthenticator{Username: c.Username, Password: string(c.Password)}
	}
	if c.TLS != nil {
		cluster.SslOpts = &gocql.SslOptions{Config: c.TLS, EnableHostVerification: !c.TLS.InsecureSkipVerify}
	}

	// The driver takes no context: whoever gives up waiting leaves a goroutine behind that ends with the driver's own
	// timeouts, and closes the session if there is one after all.
	type result struct {
		session *gocql.Session
		err     error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		r.err = sqlerr.Guard("connecting to Cassandra", func() (err error) {
			r.session, err = cluster.CreateSession()
			return err
		})
		done <- r
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, c.refused(r.err)
		}
		return r.session, nil
	case <-ctx.Done():
		go func() {
			if r := <-done; r.err == nil {
				Close(r.session)
			}
		}()
		return nil, context.Cause(ctx)
	}
}

// reach returns the hosts that accept a connection, all asked at once.
func (c *Config) reach(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	errs := make([]error, len(c.Hosts))
	done := make(chan struct{})
	for i, host := range c.Hosts {
		go func() {
			defer func() { done <- struct{}{} }()
			var conn net.Conn
			if conn, errs[i] = new(net.Dialer).DialContext(ctx, "tcp", host); errs[i] == nil {
				conn.Close()
			}
		}()
	}
	for range c.Hosts {
		<-done
	}
	var reached []string
	for i, host := range c.Hosts {
		if errs[i] == nil {
			reached = append(reached, host)
		}
	}
	if len(reached) > 0 {
		return reached, nil
	}
	reason := errs[0]
	var op *net.OpError
	switch {
	case errors.Is(reason, context.DeadlineExceeded) || errors.As(reason, &op) && op.Timeout():
		reason = fmt.Errorf("no answer within %s", connectTimeout)
	case errors.As(reason, &op):
		reason = op.Err
	}
	return nil, sqlerr.New(sqlerr.ConnectionFailure, c.Pos, "cannot reach Cassandra at %s: %v", c.address(), reason).
		WithHint("Check the options %q and %q, and that a node runs there.", "hosts", "port").Because(errs[0])
}

func (c *Config) address() string { return strings.Join(c.Hosts, ", ") }

// refused says why a cluster that accepts connections gives no session. The driver has turned the cause into text.
func (c *Config) refused(err error) error {
	text := err.Error()
	for _, noise := range []string{"gocql: ", "unable to create session: ", "unable to discover protocol version: ", "unable to connect to initial hosts: "} {
		text = strings.ReplaceAll(text, noise, "")
	}
	lower := strings.ToLower(text)
	switch {
	case strings.Contains(lower, "authenticat") || strings.Contains(lower, "password"):
		return sqlerr.New(sqlerr.InsufficientPrivilege, c.Pos, "Cassandra at %s refused the login: %s", c.address(), text).
			WithHint("Check the options %q and %q.", "username", "password").Because(err)
	case strings.Contains(lower, "tls") || strings.Contains(lower, "x509") || strings.Contains(lower, "certificate"):
		return sqlerr.New(sqlerr.ConnectionFailure, c.Pos, "cannot connect to Cassandra at %s by TLS: %s", c.address(), text).
			WithHint("Check the options that begin with %q.", "tls.").Because(err)
	case errors.Is(err, gocql.ErrNoConnectionsStarted) && c.Datacenter != "":
		return sqlerr.New(sqlerr.ConnectionFailure, c.Pos, "no node of data centre %q of Cassandra at %s can be reached", c.Datacenter, c.address()).
			WithHint("Check the option %q; its name is as nodetool status prints it.", "datacenter").Because(err)
	}
	return sqlerr.New(sqlerr.ConnectionFailure, c.Pos, "cannot connect to Cassandra at %s: %s", c.address(), text).
		WithHint("Check that a Cassandra node answers there, and the options that begin with %q.", "tls.").Because(err)
}

// driverLog hands what the driver says to our log, at the level debug: what matters of it comes back as an error.
type driverLog struct{}

func (driverLog) Error(msg string, fields ...gocql.LogField)   { logDriver("error", msg, fields) }
func (driverLog) Warning(msg string, fields ...gocql.LogField) { logDriver("warning", msg, fields) }
func (driverLog) Info(msg string, fields ...gocql.LogField)    { logDriver("info", msg, fields) }
func (driverLog) Debug(string, ...gocql.LogField)              {}

func logDriver(level, msg string, fields []gocql.LogField) {
	if !slog.Default().Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{slog.String("driver", level)}
	for _, f := range fields {
		attrs = append(attrs, slog.String(f.Name, f.Value.String()))
	}
	slog.LogAttrs(context.Background(), slog.LevelDebug, "cassandra: "+msg, attrs...)
}
