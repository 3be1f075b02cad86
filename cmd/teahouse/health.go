package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

type healthCommand struct {
	Address string        `arg:"" optional:"" default:"http://127.0.0.1:8090" help:"The admin listener: host:port or a URL."`
	Timeout time.Duration `default:"3s" help:"How long to wait for the answer."`
}

// Run asks /readyz.
func (h healthCommand) Run() error {
	address := h.Address
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	client := http.Client{Timeout: h.Timeout}
	answer, err := client.Get(strings.TrimRight(address, "/") + "/readyz")
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("incomplete answer: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s: %s", answer.Status, strings.TrimSpace(string(text)))
	}
	fmt.Println("ready")
	return nil
}
