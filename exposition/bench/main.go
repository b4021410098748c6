//go:build linux

// Command bench compares ways to serve the same metrics over loopback, side by
// side in one run: the cache of package exposition, the same collectors behind
// promhttp, and the cache's bytes from a handler that does nothing but write
// them and over a bare TCP connection. It prints Markdown, and runs on Linux, whose
// /proc has the resident memory.
//
// Each server is a process of its own, so that its CPU time and memory are its
// own. The client reads bodies into one buffer, over one connection that is kept,
// the same way for all. The servers take turns, so that whatever else the machine
// does at a time befalls them all.
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
)

func main() {
	serve := flag.String("serve", "", "be the server: cache, promhttp, http or tcp; used by bench itself")
	page := flag.String("page", "", "where the servers http and tcp find their bytes")
	accounts := flag.String("accounts", "1,10,100", "accounts of 5,000 series each, a comparison for every number")
	rounds := flag.Int("rounds", 30, "rounds of a comparison; in each, every server has its turn")
	flag.Parse()
	if err := run(*serve, *page, *accounts, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(serve, page, accounts string, rounds int) error {
	var numbers []int
	for s := range strings.SplitSeq(accounts, ",") {
		n, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Errorf("accounts: %w", err)
		}
		numbers = append(numbers, n)
	}
	switch serve {
	case "cache":
		return serveCache(numbers[0])
	case "promhttp":
		return servePromhttp(numbers[0])
	case "http":
		return servePage(page)
	case "tcp":
		return serveTCP(page)
	case "":
		return compareAll(numbers, rounds)
	default:
		return fmt.Errorf("nothing is called %q", serve)
	}
}
