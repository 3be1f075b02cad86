package chat

import (
	"encoding/json"

	"github.com/teahouse-im/teahouse/wire"
)

// maxPushBytes bounds an OfflinePushInfo: a choice, as much as a push payload can carry.
const maxPushBytes = 4096

// The members of OfflinePushInfo and of what lies in it (spec/09 A). Others pass: vendors
// have more of them.
var (
	pushForm = []elementField{
		{"PushFlag", wire.Number, optional},
		{"Title", wire.Text, optional},
		{"Desc", wire.Text, optional},
		{"Ext", wire.Text, optional},
		{androidInfo, wire.Object, optional},
		{apnsInfo, wire.Object, optional},
	}
	androidForm = []elementField{
		{"Sound", wire.Text, optional},
		{"HuaWeiChannelID", wire.Text, optional},
		{"XiaoMiChannelID", wire.Text, optional},
		{"OPPOChannelID", wire.Text, optional},
		{"GoogleChannelID", wire.Text, optional},
		{"VIVOClassification", wire.Number, optional},
		{"VIVOCategory", wire.Text, optional},
		{"HuaWeiCategory", wire.Text, optional},
		{"OPPOCategory", wire.Text, optional},
		{"HuaWeiImportance", wire.Text, optional},
		{"HonorImportance", wire.Text, optional},
		{"MeiZuNoticeMsgType", wire.Number, optional},
		{"OPPOPrivateMsgTemplateId", wire.Text, optional},
		{"ExtAsHuaweiIntentParam", wire.Number, optional},
	}
	apnsForm = []elementField{
		{"Sound", wire.Text, optional},
		{"BadgeMode", wire.Number, optional},
		{"Title", wire.Text, optional},
		{"SubTitle", wire.Text, optional},
		{"Image", wire.Text, optional},
		{"MutableContent", wire.Number, optional},
	}
)

const (
	androidInfo = "AndroidInfo"
	apnsInfo    = "ApnsInfo"
)

// CheckPush checks the form of an OfflinePushInfo: an object whose members, as far as they
// are known, have their types; null is absent. 90043 otherwise.
func CheckPush(info json.RawMessage) error {
	if LongerThan(info, maxPushBytes) || wire.KindOf(info) != wire.Object || !wire.Valid(info) {
		return Refuse(CodeBadPushInfo, "")
	}
	for _, part := range []struct {
		form   []elementField
		object []byte
	}{
		{pushForm, info},
		{androidForm, lastMember(info, androidInfo)},
		{apnsForm, lastMember(info, apnsInfo)},
	} {
		for _, f := range part.form {
			v := lastMember(part.object, f.name)
			if v != nil && v[0] != 'n' && wire.KindOf(v) != f.kind {
				return Refuse(CodeBadPushInfo, "%s of OfflinePushInfo has to be %s", f.name, kindNames[f.kind])
			}
		}
	}
	return nil
}

// PushInfo is an OfflinePushInfo as it is read (spec/09 A). Members that are absent, or of
// another type, are zero.
type PushInfo struct {
	PushFlag    int64 // 1: no push
	Title, Desc string
	Ext         string
	Android     AndroidPush
	Apns        ApnsPush
}

// AndroidPush is AndroidInfo of an OfflinePushInfo: what each vendor's channel takes.
type AndroidPush struct {
	Sound                    string
	HuaWeiChannelID          string
	XiaoMiChannelID          string
	OPPOChannelID            string
	GoogleChannelID          string
	VIVOClassification       *int64 // nil: absent, which is 1
	VIVOCategory             string
	HuaWeiCategory           string
	OPPOCategory             string
	HuaWeiImportance         string
	HonorImportance          string
	MeiZuNoticeMsgType       int64
	OPPOPrivateMsgTemplateID string
	ExtAsHuaweiIntentParam   int64
}

// ApnsPush is ApnsInfo of an OfflinePushInfo.
type ApnsPush struct {
	Sound           string
	BadgeMode       int64 // 1: does not count to the badge
	Title, SubTitle string
	Image           string
	MutableContent  int64
}

// ReadPush reads an OfflinePushInfo; nil is the zero PushInfo.
func ReadPush(info json.RawMessage) PushInfo {
	var p PushInfo
	if len(info) == 0 || wire.KindOf(info) != wire.Object {
		return p
	}
	p.PushFlag = numberIn(info, "PushFlag")
	p.Title, p.Desc, p.Ext = textIn(info, "Title"), textIn(info, "Desc"), textIn(info, "Ext")
	if a := lastMember(info, androidInfo); wire.KindOf(a) == wire.Object {
		p.Android = readAndroid(a)
	}
	if a := lastMember(info, apnsInfo); wire.KindOf(a) == wire.Object {
		p.Apns = ApnsPush{
			Sound: textIn(a, "Sound"), BadgeMode: numberIn(a, "BadgeMode"), Title: textIn(a, "Title"),
			SubTitle: textIn(a, "SubTitle"), Image: textIn(a, "Image"), MutableContent: numberIn(a, "MutableContent"),
		}
	}
	return p
}

func readAndroid(a []byte) AndroidPush {
	p := AndroidPush{
		Sound: textIn(a, "Sound"), HuaWeiChannelID: textIn(a, "HuaWeiChannelID"), XiaoMiChannelID: textIn(a, "XiaoMiChannelID"),
		OPPOChannelID: textIn(a, "OPPOChannelID"), GoogleChannelID: textIn(a, "GoogleChannelID"),
		VIVOCategory: textIn(a, "VIVOCategory"), HuaWeiCategory: textIn(a, "HuaWeiCategory"), OPPOCategory: textIn(a, "OPPOCategory"),
		HuaWeiImportance: textIn(a, "HuaWeiImportance"), HonorImportance: textIn(a, "HonorImportance"),
		MeiZuNoticeMsgType: numberIn(a, "MeiZuNoticeMsgType"), OPPOPrivateMsgTemplateID: textIn(a, "OPPOPrivateMsgTemplateId"),
		ExtAsHuaweiIntentParam: numberIn(a, "ExtAsHuaweiIntentParam"),
	}
	if v := lastMember(a, "VIVOClassification"); v != nil {
		if n, ok := wire.ReadInt(v); ok {
			p.VIVOClassification = &n
		}
	}
	return p
}

// textIn is a member that is a text; "" otherwise.
func textIn(object []byte, name string) string {
	if v := lastMember(object, name); v != nil {
		text, _ := wire.ReadText(v)
		return text
	}
	return ""
}

// numberIn is a member that is a whole number; 0 otherwise.
func numberIn(object []byte, name string) int64 {
	if v := lastMember(object, name); v != nil {
		n, _ := wire.ReadInt(v)
		return n
	}
	return 0
}
