package core_test

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Every kind of the table is declared by its room, numbers and names are
// unique, and a row of each prints for people.
func TestKindsAreDeclaredAndPrint(t *testing.T) {
	numbers, names := map[record.Kind]bool{}, map[string]bool{}
	for _, k := range record.Kinds {
		if numbers[k.Kind] || names[k.Name] {
			t.Errorf("%d %s stands twice in the table", k.Kind, k.Name)
		}
		numbers[k.Kind], names[k.Name] = true, true
		if !ledger.Declared(k.Kind) {
			t.Errorf("%s has no table and no counter", k.Name)
			continue
		}
		value := record.Encode(nil, new(int), func(*record.Fields, *int) {})
		shard := chat.GroupShard(app, "g")
		if text, err := ledger.Inspect(shard, chat.Row{Kind: chat.RowKind(k.Kind), Key: "ann\x00\x01", Value: value, Add: 3}); err != nil || text == "" {
			t.Errorf("%s: %q, %v", k.Name, text, err)
		}
	}
	if _, err := ledger.Inspect(chat.ServerShard, chat.Row{Kind: 9999}); err == nil {
		t.Error("a kind that is not in the table prints")
	}
}
