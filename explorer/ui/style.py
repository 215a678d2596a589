"""The little that Streamlit's theme cannot say."""

import streamlit as st

# Streamlit keeps 5 rem free at the sides and 6 at the top: room the pictures need. Where
# there is room, a container whose key begins with "beside_" puts its second child beside the first
# and third: Streamlit's columns would put it below both on a narrow page. A long menu that opens in
# the middle of the page would otherwise end above it, where nothing can be reached. A row that does
# not wrap gets scroll bars as soon as the outline or the hint of a button in it needs some room.
# On a narrow page the choices of the header share a line, their names cut short if need be.
_STYLE = """
<style>
.stMainBlockContainer {padding: 4rem 2rem 3rem;}
.stMainBlockContainer h1 {font-size: 2rem; padding: 0.25rem 0;}
.st-key-network_import_text textarea {font-family: monospace; font-size: 0.875rem;}
dl.explorer-facts {
  column-gap: 0.75rem; display: grid; font-size: 0.8rem; grid-template-columns: auto 1fr;
  margin: 0; padding: 0;
}
dl.explorer-facts dt {margin: 0; padding: 0; font-weight: 600;}
dl.explorer-facts dd {margin: 0; padding: 0; overflow-wrap: anywhere;}
.explorer-settings {font-size: 0.875rem; max-height: 70vh; overflow: auto;}
.explorer-settings table {border-collapse: collapse;}
.explorer-settings th, .explorer-settings td {
  border: 0; border-bottom: 1px solid rgba(128, 128, 128, 0.3); max-width: 24rem; min-width: 5.5rem;
  overflow-wrap: anywhere; padding: 0.3rem 0.9rem 0.3rem 0; text-align: left; vertical-align: top;
}
.explorer-settings th[scope="col"] {border-bottom: 3px solid var(--colour);}
.explorer-settings th[scope="row"] {font-weight: 400; opacity: 0.75;}
.explorer-settings mark {
  background: rgba(230, 159, 0, 0.22); color: inherit; padding: 0 0.25em;
}
.explorer-settings mark::before {content: "≠\\00a0";}
.explorer-settings del {opacity: 0.6;}
[class*="st-key-row_of_"] [data-testid="stPageLink-NavLink"] * {white-space: normal;}
.st-key-start_row, [class*="st-key-row_of_"] {overflow: visible;}
[data-testid="stMenuButtonBody"] {max-height: calc(50vh - 2.5rem);}
.st-key-network_code_room {container-type: inline-size;}
@container (min-width: 62rem) {
  .st-key-network_code_explained {
    align-items: start;
    column-gap: 1.5rem;
    display: grid;
    grid-template-columns: minmax(0, 48rem) minmax(13rem, 1fr);
  }
}
@media (max-width: 1099px) {
  [class*="st-key-carried_"] [data-testid="stPopoverButton"] {max-width: 12.75rem;}
  [class*="st-key-carried_"] [data-testid="stPopoverButton"] p {
    overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  }
}
@media (min-width: 1100px) {
  [class*="st-key-beside_"] {
    align-items: start;
    column-gap: 2rem;
    display: grid;
    grid-template-columns: minmax(0, 3fr) minmax(14rem, 1fr);
    grid-template-rows: auto 1fr;
  }
  [class*="st-key-beside_"] > :nth-child(1) {grid-area: 1 / 1;}
  [class*="st-key-beside_"] > :nth-child(2) {grid-area: 1 / 2 / span 2 / 3;}
  [class*="st-key-beside_"] > :nth-child(3) {grid-area: 2 / 1;}
  .st-key-beside_network > :nth-child(2) {
    max-height: calc(100vh - 5rem);
    overflow-y: auto;
    position: sticky;
    top: 4rem;
  }
}
</style>
"""


def use_style() -> None:
    """Apply it; once per run, before anything else is shown."""
    st.html(_STYLE)
