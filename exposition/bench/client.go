//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// request is what Prometheus 3 sends for a scrape.
const request = "GET /metrics HTTP/1.1\r\n" +
	"Host: localhost\r\n" +
	"User-Agent: Prometheus/3.5.0\r\n" +
	"Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1\r\n" +
	"Accept-Encoding: gzip\r\n" +
	"X-Prometheus-Scrape-Timeout-Seconds: 10\r\n" +
	"\r\n"

// client scrapes over one connection and throws away what it gets.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	buf  []byte
	bare int // bytes of an answer that is not HTTP; 0 for HTTP
}

func dial(address string, bare int) (*client, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), buf: make([]byte, 256<<10), bare: bare}, nil
}

// scrape returns how long it took until the last byte, and the body's bytes.
func (c *client) scrape() (time.Duration, int, error) {
	start := time.Now()
	if _, err := io.WriteString(c.conn, request); err != nil {
		return 0, 0, err
	}
	n, err := c.read()
	return time.Since(start), n, err
}

// read reads an answer and returns the bytes of its body.
func (c *client) read() (int, error) {
	if c.bare > 0 {
		return c.discard(c.bare)
	}
	status, err := c.line()
	if err != nil {
		return 0, err
	}
	if !bytes.Contains(status, []byte(" 200 ")) {
		return 0, fmt.Errorf("scrape: %s", status)
	}
	length := -1 // chunked
	for {
		header, err := c.line()
		if err != nil {
			return 0, err
		}
		if len(header) == 0 {
			break
		}
		if s, ok := bytes.CutPrefix(header, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(s)); err != nil {
				return 0, err
			}
		}
	}
	if length >= 0 {
		return c.discard(length)
	}
	for total := 0; ; {
		header, err := c.line()
		if err != nil {
			return 0, err
		}
		size, err := strconv.ParseInt(string(header), 16, 64)
		if err != nil {
			return 0, err
		}
		n, err := c.discard(int(size))
		if err != nil {
			return 0, err
		}
		if _, err := c.line(); err != nil || size == 0 {
			return total, err
		}
		total += n
	}
}

// line reads a line without its end.
func (c *client) line() ([]byte, error) {
	b, err := c.in.ReadSlice('\n')
	return bytes.TrimRight(b, "\r\n"), err
}

// discard reads n bytes.
func (c *client) discard(n int) (int, error) {
	for rest := n; rest > 0; {
		k, err := c.in.Read(c.buf[:min(rest, len(c.buf))])
		if err != nil {
			return n - rest, err
		}
		rest -= k
	}
	return n, nil
}
