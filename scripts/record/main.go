// Command record stands between a client of PostgreSQL and a server and writes down the statements that the client sends,
// each once: what testdata/clients is made of.
//
//	go run ./scripts/record -server 127.0.0.1:5432 -listen 127.0.0.1:6000 -out psql.sql
//
// Then the client is pointed at the address that it listens on. Ctrl-C ends it. A connection is not encrypted, and the
// password goes to the server as it comes. What the file looks like is told in testdata/clients/README.md.
package main

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:6000", "the `address` that clients connect to")
	server := flag.String("server", "127.0.0.1:5432", "the `address` of the server, or the path of its socket")
	out := flag.String("out", "", "the `file` to write; empty: the standard output")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *listen, *server, *out); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, listen, server, out string) error {
	to := os.Stdout
	if out != "" {
		f, err := os.Create(out)
		if err != nil {
			return err
		}
		defer f.Close()
		to = f
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { l.Close() })()
	log.Printf("clients of %s may connect to %s", server, l.Addr())
	book := &book{to: to, seen: map[string]bool{}}
	var clients sync.WaitGroup
	defer clients.Wait()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		clients.Go(func() {
			if err := relay(ctx, conn, server, book); err != nil && ctx.Err() == nil {
				log.Print(err)
			}
		})
	}
}

// relay passes on what both sides send until one of them ends.
func relay(ctx context.Context, client net.Conn, server string, book *book) error {
	defer client.Close()
	network := "tcp"
	if strings.HasPrefix(server, "/") {
		network = "unix"
	}
	up, err := net.Dial(network, server)
	if err != nil {
		return err
	}
	defer up.Close()
	defer context.AfterFunc(ctx, func() { client.Close(); up.Close() })()
	var back sync.WaitGroup
	defer back.Wait()
	back.Go(func() {
		io.Copy(client, up)
		client.Close()
	})
	defer up.Close()
	if err := startup(client, up); err != nil {
		return err
	}
	s := session{book: book, prepared: map[string]prepared{}}
	for {
		kind, body, raw, err := message(client)
		if err != nil {
			return nil // the client has left
		}
		s.note(kind, body)
		if _, err := up.Write(raw); err != nil {
			return nil
		}
	}
}

// The codes that a client asks for encryption with.
const (
	sslRequest = 80877103
	gssRequest = 80877104
)

// startup passes on the first message. Encryption is refused.
func startup(client, up net.Conn) error {
	for {
		head := make([]byte, 8)
		if _, err := io.ReadFull(client, head); err != nil {
			return err
		}
		switch binary.BigEndian.Uint32(head[4:]) {
		case sslRequest, gssRequest:
			if _, err := client.Write([]byte{'N'}); err != nil {
				return err
			}
			continue
		}
		n := binary.BigEndian.Uint32(head)
		if n < 8 || n > 1<<20 {
			return fmt.Errorf("a first message of %d bytes", n)
		}
		rest := make([]byte, n-8)
		if _, err := io.ReadFull(client, rest); err != nil {
			return err
		}
		_, err := up.Write(append(head, rest...))
		return err
	}
}

// message reads one message of a client; raw is all of it.
func message(client io.Reader) (kind byte, body, raw []byte, err error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(client, head); err != nil {
		return 0, nil, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n < 4 || n > 1<<30 {
		return 0, nil, nil, fmt.Errorf("a message of %d bytes", n)
	}
	body = make([]byte, n-4)
	if _, err := io.ReadFull(client, body); err != nil {
		return 0, nil, nil, err
	}
	return head[0], body, append(head, body...), nil
}
