package admin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// A list that says nothing of further pages is refused when it is larger than 1 MB
// (spec/22a §4, 10018); a page of it is not.
func TestAnswerOverAMegabyteIsRefused(t *testing.T) {
	h := open(t, nil)
	const most = 6000
	h.ok(group+"create_group", `{"GroupId":"g","Type":"Public","Name":"g"}`)
	for from := 0; from < most; from += 100 {
		var names, members []string
		for i := range 100 {
			name := fmt.Sprintf(`"user-%027d"`, from+i)
			names, members = append(names, name), append(members, `{"Member_Account":`+name+`}`)
		}
		h.ok(account+"multiaccount_import", `{"Accounts":[`+strings.Join(names, ",")+`]}`)
		h.ok(group+"import_group_member", `{"GroupId":"g","MemberList":[`+strings.Join(members, ",")+`]}`)
	}
	if a := h.call(group+"get_group_member_info", `{"GroupId":"g","Limit":6000}`); a.ErrorCode != chat.CodeAnswerTooLong {
		t.Errorf("%.200s of %d bytes", a.text, len(a.text))
	}
	h.ok(group+"get_group_member_info", `{"GroupId":"g","Limit":2000}`)
}
