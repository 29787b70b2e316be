"""``stuvalid export``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from stuvalid.commands.common import FOUND, OK, needs_format, progress_bar, send, tell, terminal
from stuvalid.commands.options import (
    Checking,
    Force,
    LedgerFile,
    PasswordFile,
    PasswordVariable,
    Schools,
    ShowValues,
    argument,
    option,
    spread,
)
from stuvalid.commands.passwords import ask_password
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.exports.handover import ExportPlan
    from stuvalid.exports.writing import Written

HELP = say(
    "按申请导出最少的字段：先列出将交出什么，再写出加密的一份，记入台账。\n\n"
    "申请是一个 TOML 文件（--new 生成一份来填）；用途文件里没有的字段一律不给，没有的用途什么也不给。\n\n"
    "例：stuvalid export --for 申请.toml 学生.xlsx -o 公示.xlsx",
    "Hand out the least fields that a purpose needs: shown first, then written encrypted and recorded in the ledger.\n\n"
    "The application is a TOML file (--new makes one to fill in); what its purpose does not list is denied.\n\n"
    "Example: stuvalid export --for application.toml pupils.xlsx -o list.xlsx",
)
_FORMATS = ("text", "json")


@spread
def export(
    checking: Checking,
    paths: Annotated[list[Path], argument("学生数据：文件、文件夹或 zip", "Pupils' data", "DATA...")] = [],  # noqa: B006
    application: Annotated[
        Path | None, option("数据导出申请（TOML）", "The application (TOML)", "--for", metavar="APPLICATION.toml")
    ] = None,
    out: Annotated[
        Path | None,
        option(
            "写出的一份：.xlsx（工作簿密码）或 .zip（AES 加密）",
            "The copy: .xlsx (a workbook's password) or .zip (AES)",
            "--out",
            "-o",
            metavar="OUT",
        ),
    ] = None,
    to: Annotated[str, option("这一份给哪个接收方", "Which recipient this copy is for", "--to", metavar="NAME")] = "",
    plan: Annotated[bool, option("只列出将交出什么，不写", "Only show what would be handed out", "--plan")] = False,
    new: Annotated[
        Path | None, option("写一份空白申请", "Write an application to fill in", "--new", metavar="APPLICATION.toml")
    ] = None,
    ledger: LedgerFile = None,
    purposes: Annotated[
        list[Path],
        option("主管部门的用途文件或文件夹", "Purposes that the authority allows", "--purposes", metavar="PATH"),
    ] = [],  # noqa: B006
    schools: Schools = None,
    plain: Annotated[
        bool, option("不加密：只有公示一类的用途可以", "Not encrypted: published lists only", "--plain")
    ] = False,
    password_file: PasswordFile = None,
    password_env: PasswordVariable = "",
    format_: Annotated[
        str, option("屏幕上的格式", "Format on standard output", "--format", "-f", metavar="|".join(_FORMATS))
    ] = "text",
    show_values: ShowValues = False,
    force: Force = False,
) -> int:
    """Show what will be handed out, then hand it out."""
    from stuvalid.exports.handover import make_plan
    from stuvalid.exports.ledger import NAME, Ledger
    from stuvalid.exports.writing import hand_out, own_files, recipient_of, refuse_outputs
    from stuvalid.report.wording import Wording

    needs_format(format_, _FORMATS)
    if new is not None:
        return _write_blank(new, force=force)
    if application is None or not paths:
        raise UsageError(
            "要写明申请（--for）和数据。",
            "Name the application (--for) and the data.",
            mend_zh="如 stuvalid export --for 申请.toml 学生.xlsx -o 导出.xlsx。",
            mend_en="As in stuvalid export --for application.toml pupils.xlsx -o list.xlsx.",
        )
    if out is None and not plan:
        raise UsageError(
            "没有写明写到哪里（-o）。",
            "There is no output (-o).",
            mend_zh="只看不写用 --plan。",
            mend_en="Use --plan to look only.",
        )
    book = Ledger(ledger or application.parent / NAME)
    inputs = [*paths, application, *purposes, *filter(None, [schools])]
    options = checking.options()
    if out is not None and not plan:
        refuse_outputs(out, book, inputs, force=force)
    with progress_bar("读取中", "reading") as told:
        found = make_plan(
            paths, application, options, purposes=purposes, schools=schools, skip=own_files(book, out), progress=told
        )
    wording = Wording(language(), show_values=show_values)
    wording.know_names(pupil.text("name") for pupil in found.chosen.pupils)
    if format_ == "text":
        from stuvalid.exports.view import show

        show(found, terminal(), wording)
    written = None
    if out is not None and not plan and not found.refusals:
        recipient = recipient_of(found, to)
        password = None if plain else ask_password(password_file, password_env, twice=True)
        written = hand_out(found, out, recipient, book, password, today=options.today, force=force, inputs=inputs)
    if format_ == "json":
        from stuvalid.exports.view import document

        send((json.dumps(document(found, written, wording), ensure_ascii=False, indent=1) + "\n").encode())
    _tell(found, written)
    return FOUND if found.refusals else OK


def _write_blank(path: Path, *, force: bool) -> int:
    from stuvalid.exports.application import blank_application
    from stuvalid.files import write_atomically

    write_atomically(path, blank_application(), force=force)
    tell(f"空白申请已写入 {path}，每一项填好再用 --for", f"An application to fill in: {path}")
    return OK


def _tell(found: ExportPlan, written: Written | None) -> None:
    for zh, en in found.refusals:
        tell(f"不能导出：{zh}。", f"refused: {en}.")
    if written is None:
        return
    entry = written.entry
    tell(
        f"已写出 {written.path}：{entry['rows']} 行，副本 {entry['copy']}，交给 {entry['to']}；导出单 {written.receipt.name} 一并交给对方，密码另行告知。",
        f"written: {written.path}: {entry['rows']} rows, copy {entry['copy']} for {entry['to']}; hand over {written.receipt.name} with it, and the password by another way.",
    )
    tell(
        f"台账第{entry['number']}条，核对码 {written.code}（抄给负责人：台账末尾被截去时靠它发现）",
        f"entry {entry['number']} of the ledger, check code {written.code} (let the person responsible keep it: it shows a ledger whose end was cut)",
    )
