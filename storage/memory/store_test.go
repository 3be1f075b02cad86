package memory_test

import (
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/storage/memory"
	"github.com/teahouse-im/teahouse/storage/storagetest"
)

func TestStore(t *testing.T) {
	storagetest.Run(t, storagetest.Engine{
		Open: func(_ *testing.T, now func() time.Time) chat.Store { return memory.New(memory.Options{Now: now}) },
	})
}
