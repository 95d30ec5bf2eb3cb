// The five elements of a request: what the text says of them, and what to ask where it says nothing. Works without the service.

const TIME = /(\d{2,4}年)?\d{1,2}月\d{0,2}[日号]?|\d{1,2}[:：点时]\d{0,2}分?|[一二三四五六七八九十\d]+(个多?|多)?(年|月|周|星期|天|小时|日)(多|来|前|内)?|昨[天晚日]|今[天晚早日年]|前[天晚]|明天|凌晨|半夜|夜间|晚上|上午|下午|中午|早上|每[天晚日周月]|近[日期]|最近|刚才|刚刚|现在|周[一二三四五六日末]|上个?[周月]|这个月|去年|长期|琴晚|今晚/;
const DEMAND = /希望|要求|请(求|问|派|帮|有关|相关|尽快|政府|部门)|麻烦|投诉|举报|求助|咨询|反映|建议|想(问|知道|了解|要)|需要|能不能|可不可以|可否|怎么|如何|尽快|处理|解决|维修|派人|赔偿|退(款|费|还)|查处|整改|唔该/;
const OBJECT = /[一-龥]{2,12}?(公司|工厂|厂|店|酒楼|超市|学校|幼儿园|医院|银行|小区|花园|物业|工地|村委会?|居委会?|市场|餐厅|饭店|工程|局|所|中心|老板|房东|邻居|业主)/;
const PLACE = /[一-龥]{1,6}(镇|街道|村|路|街|巷|小区|花园|市场|广场|公园|桥|大道)/;
const ASK = { time: "什么时候发生的? 持续多久?", place: "在哪个镇街、哪条路或哪个村?", object: "是哪家单位、哪个人或哪处设施?", demand: "希望怎样处理?", contact: "怎样称呼, 回访打哪个电话?" };
const NAMES = { time: "时间", place: "地点", object: "对象", demand: "诉求", contact: "联系" };
const PHONE = new Set(["手机", "电话", "固话", "座机", "号码"]);

const LEAD = /^(另外|还有|现在|我们|我的|他们|他的|她的|叫咗|叫了|有个|有一?家|一家|一个|这家|这个|那个|那家|附近|旁边|楼下|位于|就是|由于|因为|是|在|的|我|有|住)+/;

/** [{code, name, found, ask}] in the order in which an operator asks. `shown` may be null. */
export function elements({ title, text, place, contact, caller }, shown) {
  const words = `${title}\n${text}`;
  const first = (pattern) => words.match(pattern)?.[0] || "";
  const masked = (shown?.clean?.spans || []).map((each) => each.kind);
  const found = {
    time: first(TIME),
    place: shown?.place?.name || place || first(PLACE),
    object: first(OBJECT).replace(LEAD, "") || (shown?.items?.[0]?.level >= 3 ? shown.items[0].path.at(-1) : ""),
    demand: first(DEMAND),
    contact: contact || (masked.some((kind) => PHONE.has(kind)) ? "文中有电话" : ""),
  };
  return Object.keys(NAMES).map((code) => ({ code, name: NAMES[code], found: found[code], ask: ASK[code] }));
}
