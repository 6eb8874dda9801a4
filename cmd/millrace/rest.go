package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"millrace/internal/terminal"
	"millrace/server"
	"millrace/sqlerr"
)

// restFlags say which server is asked, and as whom. There is none for a password: others see a command's flags.
type restFlags struct {
	Server string `default:"http://127.0.0.1:8080" env:"MILLRACE_SERVER" placeholder:"URL" help:"The server's HTTP address."`
	User   string `env:"MILLRACE_USER" placeholder:"NAME" help:"Who asks; the password is in MILLRACE_PASSWORD, or asked for on a terminal."`
	CA     string `name:"ca" env:"MILLRACE_CA" placeholder:"FILE" help:"A PEM file of authorities to trust besides those of the system."`
}

// rest asks a server.
type rest struct {
	base           *url.URL
	user, password string
	client         *http.Client
}

// open makes a client of the flags.
func (f restFlags) open(t *streams) (*rest, error) {
	u, err := url.Parse(f.Server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "--server is not the address of a server").
			WithHint("Write it as http://127.0.0.1:8080 or https://millrace.example:8080.")
	}
	c := &rest{base: u, user: f.User, client: &http.Client{Transport: http.DefaultTransport}}
	if u.User != nil {
		c.user = u.User.Username()
		c.password, _ = u.User.Password()
		u.User = nil
	}
	if p, ok := os.LookupEnv("MILLRACE_PASSWORD"); ok && c.password == "" {
		c.password = p
	}
	if c.user != "" && c.password == "" && terminal.Is(t.in) {
		fmt.Fprintf(t.err, "password of %s: ", c.user)
		p, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(t.err)
		if err != nil {
			return nil, err
		}
		c.password = string(p)
	}
	if f.CA != "" {
		pem, err := os.ReadFile(f.CA)
		if err != nil {
			return nil, sqlerr.New(sqlerr.IOError, 0, "cannot read the authorities: %v", err)
		}
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		if !roots.AppendCertsFromPEM(pem) {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "%s has no certificate in PEM", f.CA)
		}
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
		c.client.Transport = transport
	}
	return c, nil
}

// restTimeout is how long an answer may take; a pause waits for a checkpoint.
const restTimeout = 2 * time.Minute

// send asks and returns the answer of a request that went well. Text is the SQL that an error's place is in.
func (c *rest) send(ctx context.Context, method, path string, body any, text string) (*http.Response, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(b)
	}
	target := c.base.JoinPath("/").String() + strings.TrimPrefix(path, "/")
	r, err := http.NewRequestWithContext(ctx, method, target, in)
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.user != "" {
		r.SetBasicAuth(c.user, c.password)
	}
	answer, err := c.client.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, sqlerr.New(sqlerr.ConnectionFailure, 0, "cannot reach the server at %s: %v", c.base, err).
			WithHint("Start one: millrace serve; or name another: --server.")
	}
	if answer.StatusCode < 300 {
		return answer, nil
	}
	defer answer.Body.Close()
	if media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); media != "application/problem+json" {
		return nil, sqlerr.New(sqlerr.ConnectionFailure, 0, "%s answers %s, and not as a millrace server does", c.base, answer.Status).
			WithHint("Is that its HTTP address?")
	}
	var p server.Problem
	if err := json.NewDecoder(answer.Body).Decode(&p); err != nil {
		return nil, sqlerr.New(sqlerr.ConnectionFailure, 0, "the answer of %s can't be read: %v", c.base, err)
	}
	return nil, p.SQLError(text)
}

// get asks for JSON and decodes it into v.
func (c *rest) get(method, path string, body any, text string, v any) error {
	ctx, cancel := context.WithTimeout(context.Background(), restTimeout)
	defer cancel()
	answer, err := c.send(ctx, method, path, body, text)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(v); err != nil {
		return sqlerr.New(sqlerr.ConnectionFailure, 0, "the answer of %s can't be read: %v", c.base, err).WithHint("Is that its HTTP address?")
	}
	return nil
}

// follow calls fn with the data of each event until there are no more.
func (c *rest) follow(ctx context.Context, path string, fn func(data []byte) error) error {
	answer, err := c.send(ctx, http.MethodGet, path, nil, "")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); ok {
			if err := fn(data); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil && ctx.Err() == nil {
		return sqlerr.New(sqlerr.ConnectionFailure, 0, "the connection to %s was lost: %v", c.base, err)
	}
	return nil
}
